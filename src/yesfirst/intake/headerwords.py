"""The column names by which import columns are recognised, in English, Chinese and some Korean.

A header is compared without case, width, brackets, spaces and punctuation: `phone-no` is also "Phone No.".
"""

from enum import StrEnum


class Role(StrEnum):
    """What an import itself needs or knows; the names that `--map ROLE=HEADER` takes."""

    NUMBER = "number"
    GIVEN = "given"
    EXPIRES = "expires"
    EXTERNAL_ID = "external_id"
    LANGUAGE = "language"
    RESIDENCE = "residence"
    BILLING = "billing"
    TIME_ZONE = "time_zone"
    RECIPIENT = "recipient"
    BORN = "born"
    RELATIONSHIP = "relationship"
    RELATIONSHIP_AT = "relationship_at"
    GUARDIAN = "guardian"


OF_THE_PERSON = (Role.RESIDENCE, Role.BILLING, Role.TIME_ZONE, Role.RECIPIENT, Role.BORN, Role.GUARDIAN)
"""What the law asks about whoever agreed, in any way."""
OF_A_RELATIONSHIP = (Role.RELATIONSHIP, Role.RELATIONSHIP_AT)
"""What it asks where nobody agreed in words, and a relationship stands for that."""
FACTS = (*OF_THE_PERSON, Role.RELATIONSHIP)
"""Those that have a value of their own; the date of a relationship is when its consent was given."""

ROLE_WORDS: dict[Role, str] = {
    Role.NUMBER: (
        "手机号 手机号码 手机 电话 电话号码 联系电话 联系方式 移动电话 联系手机 会员手机号 客户手机号"
        " 收货人手机号 phone phone-number mobile mobile-number mobile-phone cell cell-phone cellphone"
        " telephone tel msisdn phone-no mobile-no contact-number 휴대폰 휴대폰번호 휴대전화 휴대전화번호"
        " 핸드폰 핸드폰번호 전화번호 연락처"
    ),
    Role.GIVEN: (
        "同意日期 同意时间 授权日期 授权时间 订阅日期 订阅时间 同意接收日期 同意接收时间 营销授权时间"
        " 营销同意日期 given given-at consent-date consent-given consent-given-at consent-at consented-at"
        " consented-on consent-time agreed-at agreed-on date-agreed opt-in-date opt-in-at opt-in-time"
        " opted-in-at opted-in-on"
        " date-of-consent sms-consent-date sms-opt-in-date subscribed-at subscribed-on 동의일 동의일자"
        " 동의일시 수신동의일 수신동의일시"
    ),
    Role.EXPIRES: (
        "同意有效期至 同意到期日 同意到期日期 同意到期时间 授权有效期至 授权到期日 授权到期时间 有效期至"
        " 到期日 到期日期 到期时间 同意截止日期 expires expires-at expires-on expiry expiry-date expiration"
        " expiration-date consent-expires consent-expires-at consent-expires-on consent-expiry"
        " consent-expiry-date consent-valid-until valid-until 동의만료일 동의유효기간 만료일 만료일자"
    ),
    Role.EXTERNAL_ID: (
        "客户编号 客户号 客户id 会员编号 会员号 会员id 用户id 用户编号 编号 id customer-id customer-no"
        " customer-number client-id client-no member-id member-no member-number user-id contact-id crm-id"
        " external-id record-id 고객번호 회원번호 고객id 회원id"
    ),
    Role.LANGUAGE: "语言 首选语言 语种 language lang locale preferred-language 언어",
    # Words that also head other things, such as country, birthday or customer type, are left to --map.
    Role.RESIDENCE: (
        "居住地 常住地 常驻地 居住国家 居住地区 居住省份 居住州 residence place-of-residence country-of-residence"
        " state-of-residence residence-country residence-state 거주지 거주국가 거주지역"
    ),
    Role.BILLING: (
        "账单国家 账单地区 账单所在地 billing billing-country billing-state billing-region 청구지 청구국가 청구지역"
    ),
    Role.TIME_ZONE: "时区 所在时区 time-zone timezone tz 시간대 표준시간대",
    Role.RECIPIENT: "接收人类型 接收方类型 收件人类型 recipient recipient-type 수신자유형 수신자구분",
    Role.BORN: "出生日期 出生年月日 born born-on date-of-birth birth-date dob 생년월일 출생일",
    Role.RELATIONSHIP: (
        "客户关系 业务关系 关系类型 relationship relationship-event relationship-type customer-relationship"
        " 거래관계 거래유형 관계유형"
    ),
    Role.RELATIONSHIP_AT: (
        "关系日期 关系时间 交易日期 交易时间 relationship-at relationship-date relationship-since transaction-date"
        " 거래일 거래일자 거래일시"
    ),
    Role.GUARDIAN: (
        "监护人同意 监护人授权 监护人同意书 guardian guardian-proof guardian-consent parental-consent"
        " 보호자동의 법정대리인동의"
    ),
}
# The column of a registry's answer that says whether a number is listed.
LISTED = "listed"
LISTED_WORDS = (
    "listed is-listed on-list on-registry registered dnc do-not-call 是否登记 是否在册 登记状态"
    " 등록여부 수신거부등록"
)
# The column of a file of withdrawals that says why.
REASON = "reason"
REASON_WORDS = (
    "reason withdrawal-reason opt-out-reason unsubscribe-reason 原因 退订原因 撤回原因 拒收原因"
    " 사유 수신거부사유"
)
# Column names for attributes that many brands declare, added to the aliases of an attribute so named.
ATTRIBUTE_WORDS = {
    "name": "姓名 名字 客户姓名 会员姓名 客户名称 full-name customer-name contact-name 이름 성명 고객명",
    "first_name": "名 first-name given-name forename",
    "last_name": "姓 last-name surname family-name 성",
    "email": "邮箱 电子邮箱 电子邮件 email-address e-mail mail 이메일",
    "city": "城市 所在城市 town 도시",
    "tags": "标签 客户标签 会员标签 tag labels 태그",
    "points": "积分 会员积分 loyalty-points 포인트",
    "birthday": "生日 出生日期 birth-date date-of-birth dob 생일 생년월일",
    "gender": "性别 sex 성별",
    "last_purchase": "最近购买日期 上次购买日期 最后消费日期 last-purchase-date last-order-date 최근구매일",
    "level": "等级 会员等级 tier member-level 등급",
}
