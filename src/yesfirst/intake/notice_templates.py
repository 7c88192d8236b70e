"""Notices to begin with: a consent form (授权书) and a statement of use (用途说明), in Chinese and English.

A template is a notice with «blanks» for what its brand file says. What stands beside them is an example: data,
period, frequency and recipients have to be made true before anybody signs.
"""

from importlib import resources

from yesfirst.intake.brand import Brand

_FOLDER = "templates"


def names() -> tuple[str, ...]:
    """The templates, such as `consent.zh`."""
    files = resources.files("yesfirst.intake").joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".md") for file in files if file.name.endswith(".md")))


def fill(name: str, brand: Brand, purpose: str) -> str:
    """The template as a notice of this brand for one of its purposes; KeyError for another purpose."""
    text = resources.files("yesfirst.intake").joinpath(_FOLDER, f"{name}.md").read_text("utf-8")
    blanks = {
        "purpose": purpose,
        "purpose_title": brand.purposes[purpose],
        "controller": brand.controller,
        "brand": brand.name,
        "contact": brand.contact,
    }
    for blank, value in blanks.items():
        text = text.replace(f"«{blank}»", value)
    return text
