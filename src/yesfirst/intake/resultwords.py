"""How rows ended and why, in words for the people who keep the file."""

from enum import StrEnum

from yesfirst.intake.result import Outcome, RowReason


class ResultLanguage(StrEnum):
    CHINESE = "zh"
    ENGLISH = "en"


HEADERS = {
    ResultLanguage.CHINESE: ("结果", "原因", "所在列"),
    ResultLanguage.ENGLISH: ("outcome", "reason", "column"),
}
WORDS: dict[ResultLanguage, dict[Outcome | RowReason, str]] = {
    ResultLanguage.CHINESE: {
        Outcome.IMPORTED: "已导入",
        Outcome.UPDATED: "已更新",
        Outcome.UNCHANGED: "无变化",
        Outcome.WITHDRAWN: "已撤回",
        Outcome.REJECTED: "已拒绝",
        RowReason.COLUMNS_MISMATCH: "单元格数与表头不符",
        RowReason.NUMBER_MISSING: "没有手机号",
        RowReason.NUMBER_INVALID: "不是可以接收短信的号码，或一格中有多个号码",
        RowReason.GIVEN_INVALID: "同意日期缺失，或无法确定是哪一天",
        RowReason.GIVEN_IN_FUTURE: "同意日期在将来",
        RowReason.EXPIRES_INVALID: "同意有效期缺失，或无法确定是哪一天",
        RowReason.EXPIRES_BEFORE_GIVEN: "同意有效期早于同意日期",
        RowReason.ATTRIBUTE_INVALID: "单元格内容与该列应有的类型不符",
        RowReason.PLACE_UNKNOWN: "不是已知的国家或州，请写成 CN、US-FL 或 Florida 这样",
        RowReason.TIME_ZONE_UNKNOWN: "不是已知的时区，请写成 America/Chicago 这样",
        RowReason.RECIPIENT_UNKNOWN: "接收人类型只能是个人、企业或岗位",
        RowReason.BORN_INVALID: "无法确定出生日期是哪一天，或在将来",
        RowReason.RELATIONSHIP_UNKNOWN: "不是规则手册中的关系，例如 purchase（购买）",
        RowReason.NUMBER_REASSIGNED: "该号码在同意之后换了机主",
        RowReason.WITHDRAWN_SINCE: "此人已撤回同意，导入不能恢复",
        RowReason.SUPPRESSED: "此人已退订，不再联系",
        RowReason.SAME_NUMBER: "与前面某一行号码相同，已合并",
    },
    ResultLanguage.ENGLISH: {
        **{outcome: outcome.value for outcome in Outcome},
        RowReason.COLUMNS_MISMATCH: "the row has more or fewer cells than the header",
        RowReason.NUMBER_MISSING: "there is no phone number",
        RowReason.NUMBER_INVALID: "no number that a text can reach, or several in one cell",
        RowReason.GIVEN_INVALID: "the date of consent is missing, or it is unclear which day it is",
        RowReason.GIVEN_IN_FUTURE: "the date of consent is in the future",
        RowReason.EXPIRES_INVALID: "the date of expiry is missing, or it is unclear which day it is",
        RowReason.EXPIRES_BEFORE_GIVEN: "consent expires before it was given",
        RowReason.ATTRIBUTE_INVALID: "the cell doesn't hold what its column is declared to hold",
        RowReason.PLACE_UNKNOWN: "no country or state that is known: write it like CN, US-FL or Florida",
        RowReason.TIME_ZONE_UNKNOWN: "no time zone that is known: write it like America/Chicago",
        RowReason.RECIPIENT_UNKNOWN: "a recipient is an individual, corporate or a business role",
        RowReason.BORN_INVALID: "it is unclear which day the date of birth is, or it is in the future",
        RowReason.RELATIONSHIP_UNKNOWN: "no relationship that the rulebooks know, such as purchase",
        RowReason.NUMBER_REASSIGNED: "the number has changed hands since the consent was given",
        RowReason.WITHDRAWN_SINCE: "this person has withdrawn their consent; an import can't bring it back",
        RowReason.SUPPRESSED: "this person has said stop and is not contacted",
        RowReason.SAME_NUMBER: "the same number as an earlier row; the rows were merged",
    },
}

DID_YOU_MEAN = {ResultLanguage.CHINESE: "；是否为 {hint}？", ResultLanguage.ENGLISH: "; did you mean {hint}?"}


def language_near(language: str) -> ResultLanguage:
    """Chinese for every kind of Chinese, English otherwise."""
    return ResultLanguage.CHINESE if language.partition("-")[0] == "zh" else ResultLanguage.ENGLISH
