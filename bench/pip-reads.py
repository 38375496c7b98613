"""Reads every page of a simple index into links with pip's own code, four at a time; prints how many links there are."""

import sys
from concurrent.futures import ThreadPoolExecutor

from pip._internal.index.collector import _get_index_content, parse_links
from pip._internal.models.link import Link
from pip._internal.network.session import PipSession

session = PipSession()


def read(url):
    content = _get_index_content(Link(url), session=session)
    if content is None:
        sys.exit(f"pip cannot read {url}")
    return list(parse_links(content))


with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    print(sum(map(len, pool.map(read, [link.url for link in read(sys.argv[1])]))))
