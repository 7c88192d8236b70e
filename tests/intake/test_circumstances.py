from datetime import date

import pytest

from yesfirst.intake.circumstances import Circumstances, InvalidFact, read_circumstances
from yesfirst.intake.headerwords import Role
from yesfirst.intake.result import RowReason
from yesfirst.rules.position import Recipient

TODAY = date(2026, 11, 22)


def read(**cells: str) -> Circumstances:
    said = {Role(role): cell for role, cell in cells.items()}
    return read_circumstances(said, home="US", today=TODAY)


@pytest.mark.parametrize(
    ("role", "cell", "said"),
    [
        ("residence", "Texas", Circumstances(residence="US-TX")),
        ("billing", "加拿大", Circumstances(billing="CA")),
        ("time_zone", "America/Denver", Circumstances(zones=("America/Denver",))),
        ("recipient", "企业", Circumstances(recipient=Recipient.CORPORATE)),
        ("recipient", "Business-Role", Circumstances(recipient=Recipient.BUSINESS_ROLE)),
        ("recipient", "개인", Circumstances(recipient=Recipient.INDIVIDUAL)),
        ("born", "1961-02-28", Circumstances(born=date(1961, 2, 28))),
        ("born", "2012年3月1日", Circumstances(born=date(2012, 3, 1))),
        ("born", "2026-11-22", Circumstances(born=TODAY)),
        ("relationship", "Purchase", Circumstances(relationship="purchase")),
        ("relationship", "membership ended", Circumstances(relationship="membership_ended")),
        ("relationship", "购买", Circumstances(relationship="purchase")),
        ("relationship", "계약", Circumstances(relationship="contract")),
        ("guardian", "是", Circumstances(guardian=True)),
        ("guardian", "file 17/2026", Circumstances(guardian=True)),
        ("guardian", "no", Circumstances()),
        *((role.value, blank, Circumstances()) for role in Role for blank in ("", " ", "无")),
    ],
)
def test_a_cell_says_what_it_says_in_three_languages(role: str, cell: str, said: Circumstances) -> None:
    assert read(**{role: cell}) == said


@pytest.mark.parametrize(
    ("role", "cell", "reason", "hint"),
    [
        ("residence", "Texsa", RowReason.PLACE_UNKNOWN, "US-TX"),
        ("billing", "Main Street", RowReason.PLACE_UNKNOWN, ""),
        ("time_zone", "America/Chigaco", RowReason.TIME_ZONE_UNKNOWN, "America/Chicago"),
        ("recipient", "corprate", RowReason.RECIPIENT_UNKNOWN, "corporate"),
        ("born", "03/04/2015", RowReason.BORN_INVALID, ""),
        ("born", "1899-12-31", RowReason.BORN_INVALID, ""),
        ("born", "2026-11-23", RowReason.BORN_INVALID, ""),
        ("relationship", "purchas", RowReason.RELATIONSHIP_UNKNOWN, "purchase"),
        ("relationship", "neighbour", RowReason.RELATIONSHIP_UNKNOWN, ""),
        ("guardian", "x" * 501, RowReason.ATTRIBUTE_INVALID, ""),
    ],
)
def test_what_can_not_be_understood_names_its_role_and_the_nearest_word(
    role: str, cell: str, reason: RowReason, hint: str
) -> None:
    with pytest.raises(InvalidFact) as caught:
        read(**{role: cell})
    assert (caught.value.role, caught.value.reason, caught.value.hint) == (role, reason, hint)


def test_a_later_record_goes_before_an_earlier_one_and_a_blank_erases_nothing() -> None:
    earlier = Circumstances(residence="US-TX", recipient=Recipient.CORPORATE, born=date(2012, 1, 1))
    later = Circumstances(billing="CA", recipient=Recipient.INDIVIDUAL)
    assert later.over(earlier) == Circumstances(
        residence="US-TX", billing="CA", recipient=Recipient.INDIVIDUAL, born=date(2012, 1, 1)
    )


@pytest.mark.parametrize(
    ("residence", "zones"), [("US-NY", ()), ("US-TX", ("America/Denver",)), (None, ("America/Denver",))]
)
def test_time_zones_go_with_the_residence_that_they_were_said_with(
    residence: str | None, zones: tuple[str, ...]
) -> None:
    earlier = Circumstances(residence="US-TX", zones=("America/Denver",))
    assert Circumstances(residence=residence).over(earlier).zones == zones


def test_what_is_about_one_consent_is_not_taken_for_another() -> None:
    earlier = Circumstances(relationship="purchase", guardian=True)
    assert Circumstances().over(earlier) == Circumstances()


def test_circumstances_do_not_show_what_they_are() -> None:
    assert "1961" not in repr(read(born="1961-02-28"))
