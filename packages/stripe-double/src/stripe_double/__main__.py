"""`stripe-double`, or `python -m stripe_double`: prints its URL as the first line, then serves until a signal comes."""

import argparse
from pathlib import Path

from stripe_double import Settings, StripeDouble, control, control_money


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="stripe-double",
        description="A double of Stripe's API for the real stripe library; on 127.0.0.1, in memory.",
        epilog=f"{control.__doc__}\n{control_money.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--api-key", required=True, help="the secret key, sk_test_…; pk_test_… is the phone's")
    parser.add_argument("--webhook-secret", required=True, help="what every webhook is signed with, whsec_…")
    parser.add_argument("--webhook-retries", default=None, help="pauses between attempts in seconds: 0.2,0.5,1")
    parser.add_argument("--webhook-concurrency", type=int, default=1, help="posts at once per endpoint; 1 keeps order")
    parser.add_argument("--ready-file", type=Path, help="written with the URL once requests are taken")
    return parser.parse_args()


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = Settings(
        api_key=arguments.api_key,
        webhook_secret=arguments.webhook_secret,
        port=arguments.port,
        webhook_concurrency=arguments.webhook_concurrency,
    )
    if arguments.webhook_retries is None:
        return settings
    delays = tuple(float(each) for each in arguments.webhook_retries.split(",") if each)
    return Settings(
        api_key=settings.api_key,
        webhook_secret=settings.webhook_secret,
        port=settings.port,
        webhook_concurrency=settings.webhook_concurrency,
        webhook_retry_delays_s=delays,
    )


def _write_whole(file: Path, text: str) -> None:
    """Write the file atomically, so that a reader never sees half of it."""
    beginning = file.with_name(f".{file.name}.part")
    beginning.write_text(text)
    beginning.replace(file)


def main() -> None:
    arguments = _arguments()
    double = StripeDouble(_settings(arguments))

    def announce() -> None:
        if arguments.ready_file is not None:
            _write_whole(arguments.ready_file, double.url)
        print(double.url, flush=True)

    double.run(announce)


if __name__ == "__main__":
    main()
