from tests.functions.dispatch.conftest import city

__all__ = ["city"]
