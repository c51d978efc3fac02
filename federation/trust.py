"""How far a membership is proved.

Decides what is shown beside a name: whether the world above a node is proved to be real, and on
whose machine its key lies. Limits nothing. Follows docs/spec/04-membership.md, "Join".
"""

from collections.abc import Container

from federation.tree import Tree


def provisional(tree: Tree, node: str, receipted_by: Container[str]) -> bool:
    """Whether `node` has no proof yet that the world above its parent is real.

    `receipted_by`: nodes of whom it holds a verified receipt for a stream of its own.
    """
    return node != tree.root and tree.root not in receipted_by


def custodian(tree: Tree, node: str) -> str | None:
    """The node on whose machine the key of `node` lies, itself perhaps; None for a stranger."""
    member = tree.member(node)
    if member is None:
        return None
    return node if member.custody == "own" else member.custody.removeprefix("hosted:")
