"""The certificate authorities that servers are verified by.

A Lambda's environment has no folder of authorities that every library finds: psycopg brings an OpenSSL of its own,
whose default folder exists on no Lambda, and Python's depends on the runtime's image. So the bundle in our layer is
named to each of them. It has Amazon's roots, which sign the certificates of RDS Proxy and ElastiCache.
"""

from __future__ import annotations


def authorities() -> str:
    """The path of the bundle, in PEM format."""
    import certifi

    return certifi.where()
