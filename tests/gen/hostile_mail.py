"""Mails that attack their reader; hostile.py writes them."""


def mails():
    yield from ()
