"""The public contracts, generated from the code: `docs/openapi.json` (REST) and `docs/asyncapi.json` (WebSocket)."""
