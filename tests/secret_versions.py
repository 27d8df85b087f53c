"""Secrets Manager's staging labels in moto: without a stage it reads the version that was put last, not AWSCURRENT."""

from typing import Any

import pytest
from moto.secretsmanager.models import SecretsManagerBackend


def read_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AWSCURRENT be what is read, wherever it is moved to, as on AWS."""
    move = SecretsManagerBackend.update_secret_version_stage

    def moved(
        backend: Any,
        secret_id: str,
        version_stage: str,
        remove_from_version_id: str,
        move_to_version_id: str,
    ) -> Any:
        answer = move(backend, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        if version_stage == "AWSCURRENT":
            backend.secrets[secret_id].set_default_version_id(move_to_version_id)
        return answer

    monkeypatch.setattr(SecretsManagerBackend, "update_secret_version_stage", moved)
