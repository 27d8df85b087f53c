"""Match saga: the payer's bank wants them; their app is told, and the task token answered once Stripe tells of it.

Needs: database, realtime, states.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.sagas.payer import AskPayer
from rideflow.payments.wiring import payer_confirmation


def ask_payer(command: AskPayer) -> None:
    payer_confirmation().ask(command)


app = step(ask_payer)
