"""The secret of a webhook and the signature of its messages, following the Standard Webhooks specification.

The secret is stored nowhere: it is derived from the installation's key and the webhook's nonce. A new nonce makes a new
secret, and neither a copy of the database nor the log reveals one.
"""

import base64
import hmac


def secret_of(key: str, nonce: str) -> str:
    """The secret in the form its receiver keeps: `whsec_` and 32 bytes in base64."""
    return "whsec_" + base64.b64encode(_secret(key, nonce)).decode()


def signature(key: str, nonce: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_secret(key, nonce), signed, "sha256")).decode()


def _secret(key: str, nonce: str) -> bytes:
    own_key = hmac.digest(key.encode(), b"kanban webhook", "sha256")
    return hmac.digest(own_key, nonce.encode(), "sha256")
