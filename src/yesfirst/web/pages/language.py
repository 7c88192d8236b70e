"""Which language somebody reads: as a link says, else as their browser says."""

from dataclasses import dataclass

from litestar.params import FromQuery

from yesfirst.intake.resultwords import ResultLanguage, language_near
from yesfirst.web.signature import AnyRequest

_MOST = 20
_LONGEST = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tags of languages, the one that is wanted most first."""

    tags: tuple[str, ...]

    def first(self, tag: str) -> "Wanted":
        return Wanted((tag, *self.tags)) if tag else self


def wanted_languages(request: AnyRequest, lang: FromQuery[str] = "") -> Wanted:
    return Wanted(accepted(request.headers.get("accept-language", ""))).first(lang)


def accepted(header: str) -> tuple[str, ...]:
    """The tags of an Accept-Language, by their weights (RFC 9110, 12.5.4); what can't be read is left out."""
    weighed = []
    for place, item in enumerate(header.split(",")[:_MOST]):
        tag, _, weight = (part.strip() for part in item.partition(";"))
        try:
            quality = float(weight.removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if 0 < quality <= 1 and len(tag) <= _LONGEST and tag.replace("-", "").isalnum():
            weighed.append((-quality, place, tag))
    return tuple(tag for _, _, tag in sorted(weighed))


def own_language(*wanted: str | None) -> ResultLanguage:
    """The language of the pages' own words: the first that is Chinese or English, else English."""
    for tag in wanted:
        if tag and tag.partition("-")[0].casefold() in tuple(ResultLanguage):
            return language_near(tag.casefold())
    return ResultLanguage.ENGLISH
