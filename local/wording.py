"""Numbers in sentences."""


def counted(number: int, one: str, many: str = "") -> str:
    """The number and what it counts: `1 message`, `2 messages`. `many` is the plural if it is not `one` with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
