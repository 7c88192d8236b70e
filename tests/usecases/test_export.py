"""Evidence out, as its readers get it: every bundle here is judged by the verifier that shares no code with us."""

import asyncio
import stat
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from usecases.shop import Shop, number
from yesfirst.carriers.handover import Accepted, Answer, NotHandedOver, Rejected, Unknown
from yesfirst.errors import Refused
from yesfirst.ledger import bundle, leaf, verifier
from yesfirst.ledger.contents import AccessExported
from yesfirst.ledger.text import id_text
from yesfirst.ledger.verifier import Report, Verifier
from yesfirst.store import clock, evidence, subjects
from yesfirst.store.keyring import new_id, seal
from yesfirst.store.runs import StoredRun
from yesfirst.usecases import control
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.claim import Ready
from yesfirst.usecases.export import bundles_of, export_message, export_run, find
from yesfirst.usecases.hand_over import allow, record
from yesfirst.usecases.recover import resolve
from yesfirst.usecases.withdraw import withdraw

AUDITOR = Actor("Zhao Min")


async def claimed(shop: Shop, people: int) -> tuple[StoredRun, list[Ready]]:
    """A run with everybody claimed and sealed."""
    await shop.agree([number(n) for n in range(people)])
    run = await shop.running()
    ready = [one for batch in await shop.claim_all(run) for one in batch.ready]
    await shop.seal()
    return run, ready


async def answered(shop: Shop, ready: Sequence[Ready], answer: Answer) -> None:
    """The carrier is taken to have answered all of them so; sealed."""
    assert len(await allow(shop.ground, ready)) == len(ready)
    await record(shop.ground, [(one, answer) for one in ready])
    await shop.seal()


async def stop(shop: Shop, e164: str) -> None:
    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], e164, via="reply", private={})


def sql(value: bytes) -> str:
    return f"'\\x{value.hex()}'"


def keys(shop: Shop) -> list[str]:
    return [shop.signer.verifier.encode()]


async def verified(shop: Shop, run: StoredRun) -> dict[str, Report]:
    judge = Verifier(keys(shop))
    return {message: judge.verify(data) async for message, data in bundles_of(shop.ground, run.id)}


def drafts(out: Path) -> list[Path]:
    """What a half-written export would have left behind."""
    return [each for each in out.parent.iterdir() if out.name in each.name and each != out]


async def refusal(shop: Shop, message: bytes) -> str:
    with pytest.raises(Refused) as caught:
        await export_message(shop.ground, message, AUDITOR)
    return caught.value.code


async def test_the_bundle_of_a_message_proves_its_consent_and_shows_number_text_and_sender(
    shop: Shop,
) -> None:
    _, [one] = await claimed(shop, 1)
    await answered(shop, [one], Accepted("SM1"))

    data = await export_message(shop.ground, one.id, AUDITOR)

    report = verifier.verify(data, keys(shop), phone=number(0))
    assert (report.status, report.warnings) == ("VALID-WITH-WARNINGS", ["NOT-WITNESSED"])
    assert report.facts["outcome"] == "accepted"
    read = bundle.parse(data)
    opened = {(opener.field, opener.value) for opener in read.openers}
    assert opened == {("phone", number(0)), ("body", one.body), ("sender", shop.sender)}
    assert list(read.blobs.values()) == [shop.notice.body]


async def test_the_bundle_of_another_number_is_invalid(shop: Shop) -> None:
    _, [one] = await claimed(shop, 1)
    data = await export_message(shop.ground, one.id, AUDITOR)
    assert verifier.verify(data, keys(shop), phone=number(1)).status == "INVALID"


@pytest.mark.parametrize(
    ("answer", "outcome", "warnings"),
    [
        (Accepted("SM1"), "accepted", ["NOT-WITNESSED"]),
        (Rejected(30003), "rejected", ["NOT-WITNESSED"]),
        (Unknown(None), "unknown", ["NOT-WITNESSED", "OUTCOME-UNKNOWN"]),
        (NotHandedOver("BUSY"), "aborted", ["NOT-WITNESSED", "NOT-SENT"]),
    ],
)
async def test_a_bundle_tells_what_became_of_the_message(
    shop: Shop, answer: Answer, outcome: str, warnings: list[str]
) -> None:
    run, [one] = await claimed(shop, 1)
    await answered(shop, [one], answer)
    report = (await verified(shop, run))[id_text(one.id)]
    assert (report.facts["outcome"], report.warnings) == (outcome, warnings)


async def test_an_outcome_that_is_not_sealed_is_missing_and_not_guessed(shop: Shop) -> None:
    run, [one] = await claimed(shop, 1)
    await allow(shop.ground, [one])
    await record(shop.ground, [(one, Accepted("SM1"))])
    [report] = (await verified(shop, run)).values()
    assert report.warnings == ["NOT-WITNESSED", "OUTCOME-MISSING"]


async def test_a_resolved_message_shows_its_resolution(shop: Shop) -> None:
    run, [one] = await claimed(shop, 1)
    await answered(shop, [one], Unknown(None))
    await resolve(shop.ground, one.id, "SM1", accepted=True, how="receipt")
    await shop.seal()
    [report] = (await verified(shop, run)).values()
    assert (report.facts["outcome"], report.warnings) == ("accepted", ["NOT-WITNESSED"])


async def test_an_aborted_attempt_and_the_next_one_have_a_bundle_each(shop: Shop) -> None:
    run, [first] = await claimed(shop, 1)
    await answered(shop, [first], NotHandedOver("BUSY"))
    [batch] = await shop.claim_all(run)
    [second] = batch.ready
    await shop.seal()
    await answered(shop, [second], Accepted("SM1"))

    reports = await verified(shop, run)

    assert {message: report.facts["outcome"] for message, report in reports.items()} == {
        id_text(first.id): "aborted",
        id_text(second.id): "accepted",
    }


async def test_a_withdrawal_after_the_decision_is_left_out_of_its_bundle(shop: Shop) -> None:
    _, [one] = await claimed(shop, 1)
    await answered(shop, [one], Accepted("SM1"))
    await stop(shop, number(0))
    await shop.seal()
    data = await export_message(shop.ground, one.id, AUDITOR)
    assert verifier.verify(data, keys(shop)).status == "VALID-WITH-WARNINGS"
    assert b"withdraw" not in b"".join(record.body for record in bundle.parse(data).records)


async def test_a_run_of_hundreds_is_proved_to_the_last_message_under_one_checkpoint(shop: Shop) -> None:
    """More than a page of people, more than a tile of leaves."""
    run, ready = await claimed(shop, 700)
    third = len(ready) // 3
    await answered(shop, ready[:third], Accepted("SM1"))
    await answered(shop, ready[third : 2 * third], NotHandedOver("BUSY"))
    await shop.claim_all(run)
    await shop.seal()

    reports = await verified(shop, run)

    assert len(reports) == 700 + third
    assert {report.status for report in reports.values()} == {"VALID-WITH-WARNINGS"}
    assert {one.facts["checkpoint"]["size"] for one in reports.values()} == {
        await shop.count("SELECT count(*) FROM entry")
    }


async def test_decisions_of_another_run_about_the_same_people_stay_out(shop: Shop) -> None:
    first, [one] = await claimed(shop, 1)
    await answered(shop, [one], Rejected(30003))
    await control.cancel(shop.ground, first.id)
    second = await shop.running()
    [batch] = await shop.claim_all(second)
    await shop.seal()
    assert list(await verified(shop, first)) == [id_text(one.id)]
    assert list(await verified(shop, second)) == [id_text(batch.ready[0].id)]


async def test_a_sender_whose_address_changed_is_not_opened_and_the_rest_still_holds(shop: Shop) -> None:
    _, [one] = await claimed(shop, 1)
    await shop.value("UPDATE sender SET address = 'MG0000000000000000000000000000ffff' RETURNING id")
    data = await export_message(shop.ground, one.id, AUDITOR)
    assert {opener.field for opener in bundle.parse(data).openers} == {"phone", "body"}
    assert verifier.verify(data, keys(shop)).status == "VALID-WITH-WARNINGS"


async def test_a_text_that_was_damaged_is_not_shown_and_hides_nobody_elses(shop: Shop) -> None:
    run, [one, other] = await claimed(shop, 2)
    await shop.value(
        f"UPDATE message SET body_sealed = {sql(b'?' * 40)} WHERE id = {sql(one.id)} RETURNING 1"
    )
    reports = await verified(shop, run)
    assert "BODY-NOT-SHOWN" in reports[id_text(one.id)].warnings
    assert "BODY-NOT-SHOWN" not in reports[id_text(other.id)].warnings


async def test_a_text_that_was_replaced_makes_its_bundle_invalid(shop: Shop) -> None:
    run, [one] = await claimed(shop, 1)
    async with shop.ground.engine.begin() as connection:
        [head] = await subjects.heads(connection, shop.ground.keyring, [one.subject])
    forged = seal(head.key, "body", "Something else")
    await shop.value(f"UPDATE message SET body_sealed = {sql(forged)} RETURNING 1")
    [report] = (await verified(shop, run)).values()
    assert (report.status, report.what) == ("INVALID", "the value is not the one committed to")


async def test_after_erasure_a_bundle_is_pseudonymous_and_its_export_names_no_subject(shop: Shop) -> None:
    _, [one] = await claimed(shop, 1)
    await answered(shop, [one], Accepted("SM1"))
    async with shop.ground.engine.begin() as connection:
        public = {"basis": "request", "scope": "everything"}
        at = await clock.now(connection)
        erased = leaf.make("subject.erased", new_id(), one.subject, at, public, {}, b"")
        await evidence.append(connection, [erased])
    await shop.value("DELETE FROM keystore.subject_key RETURNING 1")
    await shop.value("UPDATE subject SET lookup = NULL, phone_sealed = NULL RETURNING 1")
    await shop.seal()

    data = await export_message(shop.ground, one.id, AUDITOR)

    assert verifier.verify(data, keys(shop)).status == "VALID-PSEUDONYMOUS"
    assert bundle.parse(data).openers == ()
    assert (await logged(shop)).sid is None


async def test_what_cannot_be_exported_is_refused_with_the_reason(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    run = await shop.running()
    with pytest.raises(Refused) as caught:
        await export_message(shop.ground, b"?" * 16, AUDITOR)
    assert caught.value.code == "MESSAGE_UNKNOWN"
    await stop(shop, number(1))
    await shop.claim_all(run)
    [denied] = await find(shop.ground, shop.brand.id, number(1))
    [allowed] = await find(shop.ground, shop.brand.id, number(0))
    assert await refusal(shop, denied.message) == "MESSAGE_DENIED"
    assert await refusal(shop, allowed.message) == "NOT_SEALED_YET"
    await shop.seal()
    assert await refusal(shop, denied.message) == "MESSAGE_DENIED"
    assert await export_message(shop.ground, allowed.message, AUDITOR)


async def test_the_zip_of_a_run_satisfies_the_verifier_alone(shop: Shop, tmp_path: Path) -> None:
    run, ready = await claimed(shop, 3)
    await answered(shop, ready, Accepted("SM1"))
    out = tmp_path / "run.zip"

    exported = await export_run(shop.ground, run.id, out, keys(shop), AUDITOR)

    assert (exported.bundles, exported.waiting) == (3, 0)
    command = [sys.executable, "-I", "-S", str(verifier.__file__), str(out), "--key", *keys(shop)]
    answer = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "VALID-WITH-WARNINGS")
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        assert archive.read("KEYS").decode().split() == keys(shop)
        assert number(0).encode() not in b"".join(name.encode() for name in names)
    assert len(names) == 3 * 2 + 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert drafts(out) == []


async def test_a_failed_export_leaves_the_old_file_alone_and_no_draft(shop: Shop, tmp_path: Path) -> None:
    await shop.agree([number(0)])
    run = await shop.running()
    await shop.seal()
    out = tmp_path / "run.zip"
    out.write_bytes(b"before")
    with pytest.raises(Refused) as caught:
        await export_run(shop.ground, run.id, out, keys(shop), AUDITOR)
    assert caught.value.code == "NOTHING_DECIDED"
    await shop.claim_all(run)
    with pytest.raises(Refused) as caught:
        await export_run(shop.ground, run.id, out, keys(shop), AUDITOR)
    assert caught.value.code == "NOT_SEALED_YET"
    with pytest.raises(Refused) as caught:
        await export_run(shop.ground, b"?" * 16, out, keys(shop), AUDITOR)
    assert caught.value.code == "RUN_UNKNOWN"
    with pytest.raises(Refused) as caught:
        await export_run(shop.ground, run.id, tmp_path / "absent" / "run.zip", keys(shop), AUDITOR)
    assert caught.value.code == "EXPORT_UNWRITABLE"
    assert out.read_bytes() == b"before"
    assert drafts(out) == []
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'access.exported'") == 0


async def test_an_export_names_in_the_log_what_left_and_commits_to_who_took_it(
    shop: Shop, tmp_path: Path
) -> None:
    run, [one, _] = await claimed(shop, 2)
    await export_message(shop.ground, one.id, AUDITOR)
    message_leaf = await logged(shop)
    await export_run(shop.ground, run.id, tmp_path / "run.zip", keys(shop), AUDITOR)
    run_leaf = await logged(shop)

    assert (message_leaf.of, message_leaf.run, message_leaf.count) == (id_text(one.id), None, 1)
    assert message_leaf.sid == id_text(one.subject)
    assert (run_leaf.of, run_leaf.run, run_leaf.count) == (None, id_text(run.id), 2)
    assert run_leaf.sid is None
    assert set(message_leaf.c) == set(run_leaf.c) == {"actor"}
    assert (
        await shop.count("SELECT count(*) FROM keystore.record_key") == 3
    )  # the brand's, the run's, the export's


async def logged(shop: Shop) -> AccessExported:
    """The newest leaf about an export."""
    body = await shop.value("SELECT body FROM leaf WHERE t = 'access.exported' ORDER BY id DESC LIMIT 1")
    assert isinstance(body, bytes)
    content = leaf.parse(body).content
    assert isinstance(content, AccessExported)
    return content


async def test_a_number_finds_its_attempts_the_newest_first_and_nobody_elses(shop: Shop) -> None:
    run, ready = await claimed(shop, 2)
    [one] = [each for each in ready if each.to == number(0)]
    await answered(shop, [one], NotHandedOver("BUSY"))
    await shop.claim_all(run)

    found = await find(shop.ground, shop.brand.id, number(0))

    assert [each.state for each in found] == ["claimed", "aborted"]
    assert found[1].message == one.id
    assert {(each.run, each.campaign) for each in found} == {(run.id, run.campaign)}
    assert found[0].at >= found[1].at
    assert await find(shop.ground, shop.brand.id, number(9)) == []
    assert await find(shop.ground, "another-brand", number(0)) == []
