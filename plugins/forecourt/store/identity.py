"""Which stored post an entry is, when its origin gives it another id than before.

Blogs that move from http to https, to another program or to another plug-in for
feeds write new ids for what they wrote years ago.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

from forecourt.model import Post


def bare(address: str) -> str:
    """Reduce an address, or an id made of some, to what stays when its scheme or its last slash changes."""
    parts = address.replace("https://", "").replace("http://", "").split(" ")
    return " ".join(part.rstrip("/") for part in parts)


def known_again(
    posts: Collection[Post], links: Mapping[str, str], stored: Callable[[str], Post]
) -> dict[str, str]:
    """For posts of a batch whose ids are not stored: under which id they are, for those that are.

    ``links`` has the bare permalink of every stored post of the source by its id, ""
    where it is gone; ``stored`` gives one by its id. A post is known again by its id
    as an address, or by its link and date; never by what several have in common, nor
    as one that is in the batch under its own id.
    """
    here = {post.id for post in posts}
    strangers = [post for post in posts if post.id not in links]
    unseen = [post_id for post_id in links if post_id not in here]
    if not strangers or not unseen:
        return {}
    found: dict[str, str] = {}
    ids = _alone((bare(post_id), post_id) for post_id in links)
    new_ids = _alone((bare(post.id), post.id) for post in posts)
    old_links = _alone((link, post_id) for post_id, link in links.items() if link)
    new_links = _alone((bare(post.permalink), post.id) for post in posts if post.permalink)
    for post in strangers:
        by_id = ids.get(bare(post.id), "") if bare(post.id) in new_ids else ""
        by_link = old_links.get(bare(post.permalink), "") if bare(post.permalink) in new_links else ""
        if by_id and by_id not in here:
            found[post.id] = by_id
        elif by_link and by_link not in here and _is_same(stored(by_link), post):
            found[post.id] = by_link
    taken = Counter(found.values())
    return {new: old for new, old in found.items() if taken[old] == 1}


def _is_same(one: Post, other: Post) -> bool:
    """Whether two posts with one link are one: shops put the deal of each day at the same address."""
    return _moment(one) == _moment(other)


def _moment(post: Post) -> Hashable:
    said = (post.title, post.text) if post.published is None else ()
    return post.kind, post.published, post.event, said


def _alone(marked: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By its mark each that shares it with no other."""
    pairs = list(marked)
    times = Counter(mark for mark, _ in pairs)
    return {mark: one for mark, one in pairs if times[mark] == 1}
