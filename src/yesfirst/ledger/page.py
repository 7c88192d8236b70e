"""A bundle as a page for people: what was agreed, decided, sent. English and Chinese.

The page proves nothing and says so; it repeats what the bundle claims. All content is escaped, nothing is
loaded from elsewhere.
"""

from collections.abc import Iterator
from html import escape

from yesfirst.ledger.bundle import Bundle
from yesfirst.ledger.contents import (
    Abort,
    Agreement,
    Confirm,
    Content,
    Decision,
    Outcome,
    Renew,
    Resolution,
    SubjectErased,
    Withdraw,
)
from yesfirst.ledger.leaf import parse

TITLES: dict[type[Content], str] = {
    Confirm: "Consent confirmed · 同意已确认",
    Renew: "Consent renewed · 同意已续期",
    Agreement: "Consent given · 同意",
    Withdraw: "Consent withdrawn · 撤回同意",
    Decision: "Decision to send · 发送判定",
    Abort: "Not handed over · 未提交",
    Outcome: "Answer of the carrier · 运营商应答",
    Resolution: "Unknown outcome resolved · 未知结果核实",
    SubjectErased: "Subject erased · 个人信息已删除",
}
LABELS = {
    "at": "recorded · 记录时间",
    "brand": "brand · 品牌",
    "purpose": "purpose · 用途",
    "channel": "channel · 渠道",
    "kind": "kind of consent · 同意类型",
    "method": "how · 方式",
    "given": "given · 同意时间",
    "exp": "expires · 到期",
    "notice": "notice shown · 告知文本",
    "privacy": "privacy text · 隐私政策",
    "via": "how · 方式",
    "by": "to be handed over before · 最晚提交",
    "run": "run · 批次",
    "result": "result · 结果",
    "code": "code · 代码",
    "how": "known from · 依据",
    "reason": "reason · 原因",
    "basis": "basis · 依据",
    "scope": "scope · 范围",
    "phone": "number · 号码",
    "body": "text of the message · 短信内容",
    "sender": "sender · 发送方",
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "th{text-align:left;font-weight:normal;color:#555;padding-right:1rem;vertical-align:top}"
    "td,pre{white-space:pre-wrap;overflow-wrap:anywhere}section{border-top:1px solid #ccc}"
)


def page(bundle: Bundle) -> str:
    """Return the page as one HTML document; BadLeaf if a record is no leaf."""
    body = "".join(_sections(bundle))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Evidence · 证据</title>'
        f"<style>{STYLE}</style><h1>Evidence for one message · 单条短信的证据</h1>"
        "<p>This page only repeats what the bundle says. Verify the bundle itself before you rely on it. "
        "本页仅转述证据包的内容，请先验证证据包。</p>"
        f"<p>Message · 短信 {escape(bundle.message)}</p>{body}"
        f"<section><h2>Checkpoint · 检查点</h2><pre>{escape(bundle.checkpoint)}</pre></section></html>\n"
    )


def _sections(bundle: Bundle) -> Iterator[str]:
    opened = {(each.index, each.field): each.value for each in bundle.openers}
    for record in bundle.records:
        content = parse(record.body).content
        title = next((words for kind, words in TITLES.items() if isinstance(content, kind)), content.t)
        rows = [(name, getattr(content, name, None)) for name in LABELS]
        rows += [(field, opened.get((record.index, field))) for field in content.c]
        cells = "".join(_row(name, value) for name, value in rows if value is not None)
        place = f"<p>index · 序号 {record.index}</p>"
        yield f"<section><h2>{escape(title)}</h2>{place}<table>{cells}</table></section>"
    for name, blob in bundle.blobs.items():
        text = escape(blob.decode("utf-8", "replace"))
        yield f"<section><h2>Text shown · 告知文本</h2><p>{escape(name)}</p><pre>{text}</pre></section>"


def _row(name: str, value: object) -> str:
    """`name` is one of a closed set of words; the value may be anything."""
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"<tr><th>{LABELS.get(name, name)}</th><td>{escape(text)}</td></tr>"
