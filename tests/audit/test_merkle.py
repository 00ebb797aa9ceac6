from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

# The eight inputs and the roots that certificate-transparency implementations test themselves with.
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_that_of_the_published_test_vectors(size):
    leaves = [merkle.leaf_hash(data) for data in INPUTS[:size]]

    assert merkle.root(leaves).hex() == ROOTS[size - 1]


def test_root_of_nothing_is_the_hash_of_nothing():
    assert merkle.root([]) == hashlib.sha256(b"").digest()


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proved_at_its_place_and_at_no_other(size, data):
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    path, root = merkle.proof(leaves, index), merkle.root(leaves)

    assert merkle.is_included(leaf=leaves[index], index=index, size=size, path=path, root=root)
    assert merkle.is_included(leaf=leaves[index], index=other, size=size, path=path, root=root) is (index == other)
    assert merkle.is_included(leaf=leaves[other], index=index, size=size, path=path, root=root) is (index == other)


@given(st.integers(2, 40), st.data())
def test_a_shortened_or_lengthened_path_proves_nothing(size, data):
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.proof(leaves, index), merkle.root(leaves)

    for wrong in (path[:-1], [*path, path[-1]], [bytes(32), *path[1:]]):
        assert not merkle.is_included(leaf=leaves[index], index=index, size=size, path=wrong, root=root)


def test_an_inner_node_is_no_leaf():
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")

    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize("index", [-1, 3])
def test_no_place_outside_the_tree(index):
    leaves = [merkle.leaf_hash(b"x")] * 3

    with pytest.raises(IndexError):
        merkle.proof(leaves, index)
    assert not merkle.is_included(leaf=leaves[0], index=index, size=3, path=[], root=merkle.root(leaves))
