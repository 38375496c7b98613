"""Runs the Python original on the Swift that OS_AUTH_URL and OS_STORAGE_URL name.

Its own command line gives libcloud a user, a secret and a region: no address of a store.
"""

import functools
import os

from libcloud.storage.providers import get_driver
from wheelhouse_uploader import commandline, upload

address = {
    # libcloud appends this version itself, and then does not find the store in what it is answered.
    "ex_force_auth_url": os.environ["OS_AUTH_URL"].removesuffix("/v1.0"),
    "ex_force_auth_version": "1.0",
    "ex_force_base_url": os.environ["OS_STORAGE_URL"],
}

upload.get_driver = lambda provider: functools.partial(get_driver(provider), **address)
commandline.main()
