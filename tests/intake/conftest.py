"""A small brand and a campaign of it, as files: tests change one thing and look at the problems."""

from collections.abc import Callable

import pytest

from yesfirst.intake import brand
from yesfirst.intake.yamlfile import load

BRAND = """\
id: tea
name: Tea
controller: Tea Company Ltd
contact: 400-000-0000
languages: [zh, en]
default_region: CN
zone: Asia/Shanghai
senders:
  - {id: tea-sms, carrier: twilio, messaging_service_sid: MG00000000000000000000000000000001, per_second: 50}
  - {id: tea-code, carrier: twilio, number: "10690000", per_second: 5, signature: 【茶茶】}
purposes: {marketing.offers: Offers, marketing.events: Events}
attributes:
  name: {type: text, private: true, personalise: [marketing.offers]}
  city: {type: text, aliases: [城市], select: [marketing.offers], personalise: [marketing.offers]}
  tags: {type: set, select: [marketing.offers]}
  points: {type: number, select: [marketing.offers]}
  since: {type: date, select: [marketing.offers]}
  member: {type: flag, select: [marketing.offers, marketing.events]}
notices: [notices/offers.zh.md]
replies:
  stop: {zh: 已退订, en: Unsubscribed}
  help: {zh: 帮助, en: Help}
"""
CAMPAIGN = """\
id: winter
brand: tea
purpose: marketing.offers
sender: tea-sms
audience:
  where: {attribute: city, equals: 上海}
message:
  zh: 你好{name|朋友}
missing: fallback
window: {opens: now, closes: +7d}
pace: {per_second: 20}
cost: {price_per_part: "0.05", currency: CNY, cap: "100"}
"""


def replaced(text: str, old: str, new: str) -> str:
    """The text with one thing changed; the thing must be there once."""
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.fixture
def brand_text() -> Callable[[str, str], str]:
    """The brand file with `old` replaced by `new`."""
    return lambda old, new: replaced(BRAND, old, new)


@pytest.fixture
def campaign_text() -> Callable[[str, str], str]:
    """The campaign file with `old` replaced by `new`."""
    return lambda old, new: replaced(CAMPAIGN, old, new)


@pytest.fixture(scope="session")
def tea() -> brand.Brand:
    return brand.check(load(BRAND, "brand.yaml"))
