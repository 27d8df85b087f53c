"""The certificate authorities that servers are verified by.

A Lambda's environment has no folder of authorities that every library finds: psycopg brings an OpenSSL of its own,
whose default folder exists on no Lambda, and Python's depends on the runtime's image. So the bundle in our layer is
named to each of them. It has Amazon's roots, which sign the certificates of RDS Proxy and ElastiCache.

A database that is reached without the proxy has a certificate of RDS's own authority, one for each region, which no
public bundle has. `rds_authorities.pem` has the roots of `rds-ca-rsa2048-g1`, RDS's default, as Amazon publishes them
(Amazon Aurora User Guide, "Using SSL/TLS to encrypt a connection to a DB cluster").
"""

from __future__ import annotations

from importlib import resources


def authorities() -> str:
    """The path of the bundle, in PEM format."""
    import certifi

    return certifi.where()


def rds_authorities() -> str:
    """The path of the bundle for databases themselves, in PEM format."""
    return str(resources.files("rideflow.kernel").joinpath("rds_authorities.pem"))
