"""Reasons, matters and inputs in words that a person understands, Chinese and English.

A reason is a clause that says what is the case: it stands after "because" and begins a list alike.
"""

from collections.abc import Mapping
from enum import StrEnum

from yesfirst.rules.looked import Input, Matter
from yesfirst.rules.position import Stand
from yesfirst.rules.reason import Reason
from yesfirst.rules.rule import Confidence, Tier


class Language(StrEnum):
    CHINESE = "zh"
    ENGLISH = "en"


class Caveat(StrEnum):
    """What is not kept as it was, and so was taken as it is now."""

    PERSON = "person"
    REGISTRIES = "registries"
    BRAND = "brand"
    RULEBOOKS = "rulebooks"


_EN, _ZH = Language.ENGLISH, Language.CHINESE

REASONS: Mapping[Language, Mapping[Reason, str]] = {
    _EN: {
        Reason.NUMBER_INVALID: "the number can't be reached by text",
        Reason.JURISDICTION_UNRESOLVED: "it can't be told whose rules apply to them or when they may be texted",
        Reason.SUPPRESSED: "they said stop",
        Reason.REPLY_UNCLEAR: "they wrote something that somebody has to read first",
        Reason.CONFIRMATION_WINDOW_PASSED: "it is too late to confirm their stop",
        Reason.CONFIRMATION_ALREADY_SENT: "their stop was confirmed already",
        Reason.CONFIRMATION_NOT_ALLOWED: "a stop may not be confirmed by text there",
        Reason.PROHIBITED_CONTENT: "the text holds or is about something that may not be texted",
        Reason.SENDER_NOT_REGISTERED: "the sender is not registered as it must be",
        Reason.TEMPLATE_NOT_REGISTERED: "the text is not registered as it must be",
        Reason.MINOR_NO_GUARDIAN: "they are too young, and no guardian's consent is on record",
        Reason.CONSENT_MISSING: "they have not agreed",
        Reason.CONSENT_PENDING: "they have not confirmed yet that they agree",
        Reason.CONSENT_WITHDRAWN: "they withdrew their consent",
        Reason.CONSENT_INVALID_COLLECTION: "the consent was asked for in a way that voids it",
        Reason.CONSENT_KIND_INSUFFICIENT: "a consent of this kind does not count there",
        Reason.CONSENT_RECORD_INCOMPLETE: "the record of the consent lacks something that it must hold",
        Reason.CONSENT_SCOPE_MISMATCH: "the consent covers only goods like those they bought",
        Reason.CONSENT_EXPIRED: "their consent has expired",
        Reason.RECONFIRM_OVERDUE: "their consent is due to be confirmed again",
        Reason.DNC_LISTED: "their number is on a do-not-contact list",
        Reason.DNC_SCRUB_STALE: "a do-not-contact list has not been asked about them, or too long ago",
        Reason.CONTENT_MISSING_LABEL: "the text lacks the mark of an advertisement, or has it in the wrong place",
        Reason.CONTENT_MISSING_SENDER: "the text does not say who sends it, as it must",
        Reason.CONTENT_MISSING_CONTACT: "the text does not say how to reach the sender",
        Reason.CONTENT_MISSING_OPT_OUT: "the text does not say how to refuse, as it must",
        Reason.CAMPAIGN_GATE_FAILED: "the campaign lacks something that must be on record first",
        Reason.FREQUENCY_CAP: "they have been texted as often as they may be for now",
        Reason.QUIET_HOURS: "it is outside the hours in which they may be texted",
        Reason.CLOSED_DAY: "nobody may be texted there on this day",
    },
    _ZH: {
        Reason.NUMBER_INVALID: "该号码无法接收短信",
        Reason.JURISDICTION_UNRESOLVED: "无法确定适用哪里的规则或何时可以发送",
        Reason.SUPPRESSED: "此人已退订",
        Reason.REPLY_UNCLEAR: "此人的回复须先由人工阅读",
        Reason.CONFIRMATION_WINDOW_PASSED: "确认退订的时限已过",
        Reason.CONFIRMATION_ALREADY_SENT: "退订已经确认过",
        Reason.CONFIRMATION_NOT_ALLOWED: "当地不允许用短信确认退订",
        Reason.PROHIBITED_CONTENT: "短信含有或涉及不得发送的内容",
        Reason.SENDER_NOT_REGISTERED: "发送方未按要求登记",
        Reason.TEMPLATE_NOT_REGISTERED: "短信模板未按要求报备",
        Reason.MINOR_NO_GUARDIAN: "此人未到年龄，且没有监护人同意的记录",
        Reason.CONSENT_MISSING: "此人没有同意过",
        Reason.CONSENT_PENDING: "此人尚未确认同意",
        Reason.CONSENT_WITHDRAWN: "此人已撤回同意",
        Reason.CONSENT_INVALID_COLLECTION: "征得同意的方式使同意无效",
        Reason.CONSENT_KIND_INSUFFICIENT: "当地不承认这一类同意",
        Reason.CONSENT_RECORD_INCOMPLETE: "同意记录缺少必须有的内容",
        Reason.CONSENT_SCOPE_MISMATCH: "同意只涵盖与所购相类似的商品",
        Reason.CONSENT_EXPIRED: "同意已到期",
        Reason.RECONFIRM_OVERDUE: "同意应当再次确认而尚未确认",
        Reason.DNC_LISTED: "该号码在谢绝来电来信名单上",
        Reason.DNC_SCRUB_STALE: "尚未查询谢绝名单，或查询结果已过期",
        Reason.CONTENT_MISSING_LABEL: "短信缺少广告标识，或标识位置不对",
        Reason.CONTENT_MISSING_SENDER: "短信未按要求写明发送者",
        Reason.CONTENT_MISSING_CONTACT: "短信未写明联系方式",
        Reason.CONTENT_MISSING_OPT_OUT: "短信未按要求写明拒收方式",
        Reason.CAMPAIGN_GATE_FAILED: "活动缺少事先必须备好的记录",
        Reason.FREQUENCY_CAP: "近期发送次数已达上限",
        Reason.QUIET_HOURS: "现在不在允许发送的时段",
        Reason.CLOSED_DAY: "当天不得发送",
    },
}
MATTERS: Mapping[Language, Mapping[Matter, str]] = {
    _EN: {
        Matter.NUMBER: "the number",
        Matter.PLACE: "where they belong",
        Matter.REFUSAL: "whether they said stop",
        Matter.REPLY: "whether a reply of theirs waits to be read",
        Matter.STANDING: "whether they agreed",
        Matter.STATED_END: "the end that the consent states",
        Matter.PRACTICES: "how the consent was asked for",
        Matter.KIND: "the kind of consent and its record",
        Matter.EXPIRY: "the end that the law sets",
        Matter.RECONFIRMATION: "confirming again",
        Matter.AGE: "age",
        Matter.REGISTRY: "do-not-contact list",
        Matter.PROHIBITED: "what may not be texted",
        Matter.REGISTRATION: "registration",
        Matter.REQUIREMENT: "what a text must hold",
        Matter.SCOPE: "which goods the consent covers",
        Matter.GATE: "what must be on record first",
        Matter.FREQUENCY: "how often",
        Matter.HOURS: "when",
    },
    _ZH: {
        Matter.NUMBER: "号码",
        Matter.PLACE: "归属地",
        Matter.REFUSAL: "是否退订",
        Matter.REPLY: "是否有回复待人工阅读",
        Matter.STANDING: "是否同意",
        Matter.STATED_END: "同意书所写的期限",
        Matter.PRACTICES: "征得同意的方式",
        Matter.KIND: "同意的类别及其记录",
        Matter.EXPIRY: "法定期限",
        Matter.RECONFIRMATION: "再次确认",
        Matter.AGE: "年龄",
        Matter.REGISTRY: "谢绝名单",
        Matter.PROHIBITED: "不得发送的内容",
        Matter.REGISTRATION: "登记报备",
        Matter.REQUIREMENT: "短信必须写明的内容",
        Matter.SCOPE: "同意涵盖的商品",
        Matter.GATE: "须事先备好的记录",
        Matter.FREQUENCY: "频次",
        Matter.HOURS: "时段",
    },
}
INPUTS: Mapping[Language, Mapping[Input, str]] = {
    _EN: {
        **{name: name.value.replace("_", " ") for name in Input},
        Input.ORIGIN: "by number",
        Input.STAND: "consent is",
        Input.MOST: "at most",
        Input.AGE_BELOW: "too young below",
        Input.BORN: "date of birth known",
        Input.CHECKED: "asked on",
        Input.TEXTED: "texted so often",
        Input.HOURS: "open",
    },
    _ZH: {
        Input.ORIGIN: "按号码",
        Input.RESIDENCE: "居住地",
        Input.BILLING: "账单地址",
        Input.ZONES: "时区",
        Input.SINCE: "自",
        Input.STAND: "同意状态",
        Input.KIND: "类别",
        Input.EVENT: "依据",
        Input.GIVEN: "同意于",
        Input.ENDS: "止于",
        Input.MISSING: "缺少",
        Input.PRACTICES: "方式",
        Input.AGE_BELOW: "年龄下限",
        Input.BORN: "已知出生日期",
        Input.REGISTRY: "名单",
        Input.LISTED: "在名单上",
        Input.CHECKED: "查询于",
        Input.MOST: "最多",
        Input.PER: "每",
        Input.TEXTED: "已发",
        Input.WHAT: "内容",
        Input.HOURS: "开放时段",
    },
}
STANDS: Mapping[Language, Mapping[Stand, str]] = {
    _EN: {
        Stand.NONE: "none",
        Stand.PENDING: "waiting to be confirmed",
        Stand.WITHDRAWN: "withdrawn",
        Stand.OPEN: "open",
    },
    _ZH: {Stand.NONE: "没有", Stand.PENDING: "待确认", Stand.WITHDRAWN: "已撤回", Stand.OPEN: "有效"},
}
CONFIDENCE: Mapping[Language, Mapping[Confidence, str]] = {
    _EN: {
        Confidence.PRIMARY: "read in the primary text",
        Confidence.SECONDARY: "second hand",
        Confidence.MEMORY: "from memory, to be verified",
    },
    _ZH: {
        Confidence.PRIMARY: "已读原文",
        Confidence.SECONDARY: "据他人转述",
        Confidence.MEMORY: "凭记忆，待核实",
    },
}
TIERS: Mapping[Language, Mapping[Tier, str]] = {
    _EN: {
        Tier.LAW: "law",
        Tier.GUIDANCE: "guidance",
        Tier.CARRIER: "the carrier's rule",
        Tier.PRODUCT: "our own rule",
    },
    _ZH: {
        Tier.LAW: "法律法规",
        Tier.GUIDANCE: "监管指引",
        Tier.CARRIER: "运营商规则",
        Tier.PRODUCT: "产品自定规则",
    },
}
CAVEATS: Mapping[Language, Mapping[Caveat, str]] = {
    _EN: {
        Caveat.PERSON: "residence, billing address, kind of recipient and age are taken as they are now",
        Caveat.REGISTRIES: "do-not-contact lists are taken as they answered last",
        Caveat.BRAND: "what the brand has on record, and its own rules, are taken as they are now",
        Caveat.RULEBOOKS: "some rulebooks were not known here then; the oldest known ones are taken",
    },
    _ZH: {
        Caveat.PERSON: "居住地、账单地址、收件人类别和年龄按现在的记录",
        Caveat.REGISTRIES: "谢绝名单按最近一次查询的结果",
        Caveat.BRAND: "品牌的登记和自定规则按现在的记录",
        Caveat.RULEBOOKS: "部分规则手册当时尚未载入，按已知最早的版本",
    },
}
PLACES: Mapping[Language, Mapping[str, str]] = {
    _EN: {
        **{"AU": "Australia", "BR": "Brazil", "CA": "Canada", "CN": "China", "DE": "Germany", "EU": "the EU"},
        **{"FR": "France", "GB": "the United Kingdom", "HK": "Hong Kong", "IN": "India", "JP": "Japan"},
        **{"KR": "Korea", "SG": "Singapore", "TW": "Taiwan", "US": "the United States"},
        "XX-OWN": "the brand itself",
    },
    _ZH: {
        **{"AU": "澳大利亚", "BR": "巴西", "CA": "加拿大", "CN": "中国大陆", "DE": "德国", "EU": "欧盟"},
        **{"FR": "法国", "GB": "英国", "HK": "香港", "IN": "印度", "JP": "日本"},
        **{"KR": "韩国", "SG": "新加坡", "TW": "台湾", "US": "美国"},
        "XX-OWN": "品牌自定",
    },
}
"""Countries by their rulebooks; an overlay such as US-FL goes by its id."""
