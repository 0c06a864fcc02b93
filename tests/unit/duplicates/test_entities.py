"""Rows of one customer share a code, so that leave-one-out never meets the customer itself."""

import numpy as np
from leadgen.duplicates import entity_codes

KEY = b"a secret of sufficient length"


def test_one_mailbox_and_one_company_have_one_code() -> None:
    emails = [
        "d.r@gmail.com",
        "dr+x@googlemail.com",
        "a@mail.acme.example",
        "b@acme.example",
        None,
        "broken",
        float("nan"),
    ]
    codes = entity_codes(emails, key=KEY)
    assert codes.email.dtype == codes.domain.dtype == np.int64
    assert codes.email[0] == codes.email[1]
    assert codes.domain[2] == codes.domain[3] >= 0
    assert len(set(codes.email[:4].tolist())) == 3
    assert codes.email[4:].tolist() == [-1, -1, -1]
    assert codes.domain[[0, 1, 4, 5, 6]].tolist() == [-1] * 5


def test_the_website_stands_for_the_company_before_the_address() -> None:
    codes = entity_codes(
        ["a@gmail.com", "b@acme.example", "c@x.example"], ["acme.example", None, "acme.example"], key=KEY
    )
    assert len(set(codes.domain.tolist())) == 1


def test_batches_agree_and_keys_differ() -> None:
    emails = [f"user{i}@firm{i % 7}.example" for i in range(50)]
    whole = entity_codes(emails, key=KEY)
    parts = [entity_codes(emails[:20], key=KEY), entity_codes(emails[20:], key=KEY)]
    np.testing.assert_array_equal(whole.email, np.concatenate([part.email for part in parts]))
    np.testing.assert_array_equal(whole.domain, np.concatenate([part.domain for part in parts]))
    assert not np.intersect1d(whole.email, entity_codes(emails, key=KEY + b"!").email).size


def test_websites_alone_are_enough() -> None:
    codes = entity_codes(None, ["https://acme.example/a", "http://www.acme.example"], key=KEY)
    assert codes.email.tolist() == [-1, -1]
    assert codes.domain[0] == codes.domain[1]
