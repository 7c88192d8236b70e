"""The states of countries with several time zones, by their ISO 3166-2 codes, and the zones that each lies in.

Known gap: zones that only a few places keep are left out where the rest of the state keeps another (such as
Broken Hill in New South Wales, Kenton in Oklahoma).
"""

from collections.abc import Mapping

_NEW_YORK = ("America/New_York",)
_CHICAGO = ("America/Chicago",)
_DENVER = ("America/Denver",)
_LOS_ANGELES = ("America/Los_Angeles",)
_EASTERN = "CT DE DC GA ME MD MA NH NJ NY NC OH PA RI SC VT VA WV"
_CENTRAL = "AL AR IL IA LA MN MS MO OK WI"

_UNITED_STATES: dict[str, tuple[str, ...]] = {
    **{f"US-{state}": _NEW_YORK for state in _EASTERN.split()},
    **{f"US-{state}": _NEW_YORK + _CHICAGO for state in ("FL", "IN", "KY", "MI", "TN")},
    **{f"US-{state}": _CHICAGO for state in _CENTRAL.split()},
    **{f"US-{state}": _CHICAGO + _DENVER for state in ("KS", "NE", "ND", "SD", "TX")},
    **{f"US-{state}": _DENVER for state in ("CO", "MT", "NM", "UT", "WY")},
    **{f"US-{state}": _LOS_ANGELES for state in ("CA", "WA")},
    "US-AK": ("America/Anchorage", "America/Adak"),
    "US-AZ": ("America/Phoenix", *_DENVER),
    "US-HI": ("Pacific/Honolulu",),
    "US-ID": ("America/Boise", *_LOS_ANGELES),
    "US-NV": _LOS_ANGELES + _DENVER,
    "US-OR": (*_LOS_ANGELES, "America/Boise"),
}
_CANADA = {
    "CA-AB": ("America/Edmonton",),
    "CA-BC": ("America/Vancouver", "America/Edmonton", "America/Fort_Nelson"),
    "CA-MB": ("America/Winnipeg",),
    "CA-NB": ("America/Moncton",),
    "CA-NL": ("America/St_Johns", "America/Goose_Bay"),
    "CA-NS": ("America/Halifax",),
    "CA-NT": ("America/Edmonton",),
    "CA-NU": ("America/Iqaluit", "America/Rankin_Inlet", "America/Cambridge_Bay"),
    "CA-ON": ("America/Toronto", "America/Winnipeg", "America/Atikokan"),
    "CA-PE": ("America/Halifax",),
    "CA-QC": ("America/Toronto", "America/Halifax", "America/Blanc-Sablon"),
    "CA-SK": ("America/Regina", "America/Edmonton"),
    "CA-YT": ("America/Whitehorse",),
}
_AUSTRALIA = {
    "AU-ACT": ("Australia/Sydney",),
    "AU-NSW": ("Australia/Sydney",),
    "AU-NT": ("Australia/Darwin",),
    "AU-QLD": ("Australia/Brisbane",),
    "AU-SA": ("Australia/Adelaide",),
    "AU-TAS": ("Australia/Hobart",),
    "AU-VIC": ("Australia/Melbourne",),
    "AU-WA": ("Australia/Perth",),
}
ZONES: Mapping[str, tuple[str, ...]] = {**_UNITED_STATES, **_CANADA, **_AUSTRALIA}
COUNTRIES = frozenset(state.partition("-")[0] for state in ZONES)
"""The countries whose states are all in `ZONES`."""
