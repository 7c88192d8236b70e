"""Signed notes, cosignatures and checkpoints, on the published examples of C2SP and Go's sumdb."""

import base64
from datetime import UTC, datetime

import pytest

from yesfirst.ledger import note
from yesfirst.ledger.checkpoint import Checkpoint, open_checkpoint, parse_body, sign_checkpoint
from yesfirst.ledger.note import BadNote, KeyType, Signer, Verifier

# The key and note of golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
    "BwJnAM=\n"
)
# The checkpoint of C2SP tlog-checkpoint and tlog-cosignature; its keys are not published.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9"
    "nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqh"
    "f5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
LOG = Signer("log.example/a", KeyType.ED25519, b"1" * 32)
WITNESS = Signer("witness.example/b", KeyType.COSIGNATURE, b"2" * 32)
AT = datetime(2026, 3, 2, 9, 0, 0, 500_000, UTC)
CHECKPOINT = Checkpoint("log.example/a", 7, bytes(range(32)))


def test_the_published_key_signs_the_published_note() -> None:
    signer = note.parse_signer(SKEY)
    assert signer.verifier.encode() == VKEY
    assert signer.encode() == SKEY
    assert note.sign(TEXT, signer) == NOTE
    opened = note.open_note(NOTE, [note.parse_vkey(VKEY)])
    assert (opened.text, [each.by.name for each in opened.signatures]) == (TEXT, ["PeterNeumann"])


def test_the_published_checkpoint_is_read_as_specified() -> None:
    text, lines = note.split(EXAMPLE)
    assert parse_body(text).size == 20852163
    assert parse_body(text).body == text
    name, data = lines[1]
    assert (name, int.from_bytes(data[4:12], "big"), len(data)) == ("witness.example.com/w1", 1679315147, 76)


def test_a_generated_key_survives_its_encoding() -> None:
    signer = note.generate("log.example/c", KeyType.COSIGNATURE)
    assert note.parse_signer(signer.encode()) == signer
    assert note.parse_vkey(signer.verifier.encode()) == signer.verifier


def test_a_signer_never_shows_its_seed() -> None:
    assert "1111" not in repr(LOG)
    with pytest.raises(BadNote) as caught:
        note.parse_signer(SKEY.replace("PeterNeumann", "Someone"))
    assert SKEY[-20:] not in str(caught.value)


def test_one_key_under_two_types_has_two_ids() -> None:
    types = {Signer("n", each, b"3" * 32).verifier.key_id for each in KeyType}
    assert len(types) == 2


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("+AR", "+BR"),
        VKEY[:-4],
        "a b" + VKEY[12:],
        VKEY[12:],
    ],
)
def test_malformed_keys_are_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        note.parse_vkey(vkey)


@pytest.mark.parametrize(
    "bad",
    [
        TEXT,
        NOTE[:-1],
        NOTE.replace("— P", "- P"),
        NOTE.replace("problem", "problems"),
        NOTE.replace("x08go", "x08gO"),
        NOTE.replace("JnAM=", "JnAN="),
        NOTE.replace("JnAM=", "JnAM"),
        NOTE + "\n",
        NOTE.replace("\n\n", "\n\x07\n\n"),
        NOTE + "— somebody\n",
        TEXT + "\n" + "— n AAAAAAAA\n" * 101,
        "x" * 100_001,
    ],
)
def test_notes_that_are_malformed_or_falsely_signed_are_refused(bad: str) -> None:
    with pytest.raises(BadNote):
        note.open_note(bad, [note.parse_vkey(VKEY)])


def test_signatures_of_unknown_keys_are_ignored_but_do_not_suffice() -> None:
    both = NOTE + LOG.signature_line("another text\n")
    assert len(note.open_note(both, [note.parse_vkey(VKEY)]).signatures) == 1
    with pytest.raises(BadNote, match=r"the signature of log\.example/a is false"):
        note.open_note(both, [note.parse_vkey(VKEY), LOG.verifier])
    with pytest.raises(BadNote, match="no trusted key"):
        note.open_note(NOTE, [LOG.verifier])


def test_texts_that_can_not_be_a_note_are_not_signed() -> None:
    for text in ("no newline", "tab\t\n"):
        with pytest.raises(BadNote):
            note.sign(text, LOG)


def test_a_cosignature_states_its_time_and_covers_the_whole_checkpoint() -> None:
    cosigned = note.cosign(sign_checkpoint(CHECKPOINT, LOG), WITNESS, AT)
    opened = open_checkpoint(cosigned, LOG.verifier, [WITNESS.verifier])
    assert opened.witnessed
    assert opened.checkpoint == CHECKPOINT
    assert [each.at for each in opened.note.signatures] == [None, AT.replace(microsecond=0)]
    line = cosigned.splitlines()[-1]
    data = bytearray(base64.b64decode(line.split(" ")[2]))
    data[11] ^= 1  # the last byte of the time
    later = cosigned.replace(line.split(" ")[2], base64.b64encode(data).decode())
    with pytest.raises(BadNote, match="is false"):
        open_checkpoint(later, LOG.verifier, [WITNESS.verifier])
    with pytest.raises(BadNote, match="states its time"):
        WITNESS.signature_line(CHECKPOINT.body)


def test_a_checkpoint_without_its_own_logs_signature_is_refused() -> None:
    signed = sign_checkpoint(CHECKPOINT, LOG)
    assert not open_checkpoint(signed, LOG.verifier).witnessed
    only_witness = CHECKPOINT.body + "\n" + WITNESS.signature_line(CHECKPOINT.body, AT)
    with pytest.raises(BadNote, match=r"no checkpoint signed by log\.example/a"):
        open_checkpoint(only_witness, LOG.verifier, [WITNESS.verifier])
    other = Signer("log.example/other", KeyType.ED25519, b"4" * 32)
    with pytest.raises(BadNote, match="no checkpoint signed by"):
        open_checkpoint(note.sign(CHECKPOINT.body, other), other.verifier)
    with pytest.raises(BadNote, match="can't sign for"):
        sign_checkpoint(CHECKPOINT, other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n7\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "o\n07\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "o\n-7\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "o\n\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "o\n٧\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "o\n7\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "o\n7\nnot base64\n",
        "o\n7\n" + base64.b64encode(bytes(32)).decode() + "\nextension\n",
    ],
)
def test_other_texts_are_no_checkpoint(text: str) -> None:
    with pytest.raises(BadNote):
        parse_body(text)


def test_a_key_name_has_no_spaces_and_no_plus() -> None:
    for name in ("", "a b", "a+b", "a\u2003b", "a\n"):
        with pytest.raises(BadNote):
            Verifier(name, KeyType.ED25519, bytes(32))
