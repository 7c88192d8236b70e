"""A text as the classifier of replies reads it: the same however it is typed.

Full-width letters, case, accents, invisible characters, punctuation and most emoji are gone, traditional Chinese is
simplified, and letters and digits that stand in for others are put right. In `words`, words of alphabets stand apart
with a space on both sides; in `run`, all run together, as Chinese and Japanese are written.
"""

import re
import unicodedata
from typing import NamedTuple

# A text falls into parts at the one; the other begins or ends what it quotes.
BREAK, QUOTE = ".", '"'
# What an emoji says where it says something: a word, or the name of a sign that is no word of any language.
_SIGNS = {
    "stop": "🛑",
    "zhand": "✋🤚🖐🙅",
    "zban": "🚫⛔❌📵",
    "zanger": "🖕😡🤬😠💩👎",
    "zyes": "👍✅👌",
    "zhelp": "🆘",
    "zbye": "👋",
    "zlaugh": "😂🤣😍🥰❤😋😭🔥😆😄😁😊🥲😅😉💀🤩",
}
_INVISIBLE = re.compile(
    "[\u0300-\u036f\u00ad\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)
# Letters of other alphabets that look Latin, and the traditional characters that replies have, each before what
# it becomes.
_LOOKALIKES = "аaвbеeкkмmнhоoрpсcтtуyхxіiѕsјjαaβbεeιiκkνvοoρpτtυuχx"
_SIMPLIFIED = (
    "訂订讓让電电話话號号碼码發发給给別别請请這这個个們们騷骚擾扰選选過过時时間间還还來来聯联絡络繫系係系後后會会說说"
    "沒没麼么嗎吗為为錯错誤误換换關关閉闭銷销廣广訊讯傳传簡简單单處处從从舊旧機机門门題题應应該该東东專专業业務务認认"
    "識识買买賣卖產产優优惠惠價价錢钱員员進进開开閒闲謝谢對对無无網网館馆飯饭點点現现實实樣样聽听寫写幫帮註注冊册輸输"
    "確确許许願愿歡欢樂乐國国語语報报舉举訴诉訟讼師师長长資资隱隐權权殺杀煩烦惡恶詐诈騙骗離离歲岁陰阴陽阳聲声讀读頭头腦脑"
    "庫库斷断絕绝終终結结唔唔係系嘅的咗了佢他啲些冇没嚟来諗想畀给俾给攞拿揾找搵找邊边邮邮郵邮瘋疯辦办動动務务連连滾滚開开"
    "貨货體体兒儿衛卫藥药護护隊队場场舖铺鋪铺運运轉转車车氣气歷历親亲見见覺觉觀观計计記记論论證证試试詢询誰谁調调"
    "繼继續续緊紧線线經经統统絲丝級级約约紅红紙纸書书極极楼楼樓楼備备億亿價价傷伤僅仅債债儘尽興兴幾几張张強强彈弹當当"
    "歸归戶户掛挂揚扬損损擇择據据擔担敗败數数斷断於于於于曉晓條条殘残決决況况準准滅灭滿满潔洁災灾為为爛烂營营爭争"
    "獎奖獨独獲获環环畫画療疗監监禮礼種种稱称積积穩稳窮穷節节範范納纳純纯組组細细絕绝縣县總总繳缴罰罚聖圣職职腳脚臺台"
    "與与舊旧葉叶蘇苏蘭兰虧亏補补裝装裡里裏里製制複复規规視视設设註注詳详誠诚誘诱課课謊谎譯译議议貝贝負负財财責责貴贵貸贷"
    "費费賀贺賓宾賠赔賺赚購购贈赠趕赶跡迹輕轻載载較较輛辆輩辈農农適适遞递遠远遲迟遷迁選选遺遗邀邀鄉乡醫医釋释針针鈴铃銀银"
    "錄录鎖锁鐘钟鐵铁閱阅陸陆隨随險险雖虽雙双雜杂難难雲云零零靜静響响頁页項项順顺須须預预頻频題题顏颜額额類类顧顾風风飛飞"
    "餐餐餘余館馆驗验驚惊髒脏鬆松鬧闹魚鱼鮮鲜鳥鸟麗丽麥麦黃黄齊齐龍龙壞坏壓压夠够奪夺媽妈婦妇學学寶宝將将層层屬属岡冈帳帐"
)
# Letters with accents and full-width ones, as their plain letters.
_PLAIN = {
    one: "".join(
        letter for letter in unicodedata.normalize("NFKD", chr(one)) if not unicodedata.combining(letter)
    )
    for one in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00), *range(0xFF01, 0xFF5F))
}
_AS_READ = {
    **_PLAIN,
    **dict.fromkeys((0xAD, 0xFE0E, 0xFE0F, 0xFEFF, *range(0x200B, 0x2010), *range(0x2060, 0x2070))),
    **{ord(sign): f" {name} " for name, signs in _SIGNS.items() for sign in signs},
    **{ord(one): other for one, other in zip(_LOOKALIKES[::2], _LOOKALIKES[1::2], strict=True)},
    **{ord(one): other for one, other in zip(_SIMPLIFIED[::2], _SIMPLIFIED[1::2], strict=True)},
}
# What only NFKD puts right: all but letters that the table above or a pattern below knows.
_COMPOSED = re.compile(
    "[^\\x00-\\x7f\u00ab\u00ad\u00b4\u00bb\u00bf\u00c0-\u024f\u1e00-\u1eff\u200b-\u200f\u2010-\u2027\u2060-\u206f"
    "\u3001-\u303f\u3041-\u3096\u30a1-\u30fc\u3131-\u318e\u4e00-\u9fff\uac00-\ud7a3\ufe0e\ufe0f\uff01-\uff5e"
    "\U0001f300-\U0001faff]"
)
_APOSTROPHE = re.compile("['’‘`´ʼ](?=(?:t|s|re|ll|ve|m|d)(?![^\\W_]))")
_WORD = re.compile(r"[0-9a-z]+|[^\W_0-9a-z]+|[.,;:!?\n。、…]|[\"“”„«»「」『』]")
_ASCII_WORD = re.compile(r"[0-9a-z]+|[.,;:!?\n]|\"")
_MARK = str.maketrans(dict.fromkeys(",;:!?\n。、…", BREAK) | dict.fromkeys("“”„«»「」『』", QUOTE))
_NO_MARKS = str.maketrans("", "", BREAK + QUOTE)
_MARKS = re.compile("[.,;:!?\\n。、…“”„«»「」『』]")
_ENDS = re.compile(r"^[. ]+|[. ]+$|(?: \.)+(?= \.)")
_THRICE = re.compile(r"(.)\1\1")
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_SPELT = re.compile(r"(?<= )[a-z](?: (?:\. )?[a-z]){2,}(?= )")
_STANDS_IN = str.maketrans("@$!013457", "asioieast")
_STANDING_IN = re.compile(r"(?<!\S)(?:[a-z]+[@$!013457]+[a-z]|[$@50][a-z]{3})[a-z0-9@$]*")
_MAY_STAND_IN = re.compile("[@$0-9]")


class Text(NamedTuple):
    """A text as `words` and as a `run` of letters; `plain` are its words without breaks and quotes between them, and
    `dense` says that some of it is of a script that needs no spaces.
    """

    words: str
    run: str
    plain: list[str]
    dense: bool

    @property
    def letters(self) -> str:
        """Its letters and digits alone."""
        return "".join(self.plain)


def read(text: str) -> Text:
    """Any text as it is compared with patterns."""
    if text.isascii():
        text = text.lower()
        found = _ASCII_WORD.findall(_put_right(text))
    else:
        text = text.casefold()
        if _COMPOSED.search(text):
            text = unicodedata.normalize("NFC", _INVISIBLE.sub("", unicodedata.normalize("NFKD", text)))
        found = _WORD.findall(_put_right(text.translate(_AS_READ)))
    joined = " ".join(found)
    if _MARKS.search(joined):
        joined = _ENDS.sub("", joined.translate(_MARK))
    if _THRICE.search(joined):
        joined = _LONG.sub(r"\1", joined)
    words = _SPELT.sub(_joined, f" {joined} ")
    plain = words.translate(_NO_MARKS).split() if BREAK in words or QUOTE in words else words.split()
    return Text(words, words.replace(" ", ""), plain, not words.isascii())


def _put_right(text: str) -> str:
    """`st0p m3ss4ging` and `$top` as they are meant; what is only digits stays."""
    if "'" in text or "’" in text:
        text = _APOSTROPHE.sub("", text)
    return _STANDING_IN.sub(_letters, text) if _MAY_STAND_IN.search(text) else text


def _letters(match: re.Match[str]) -> str:
    return match[0].translate(_STANDS_IN)


def _joined(match: re.Match[str]) -> str:
    joined = match[0].replace(" ", "").replace(BREAK, "")
    return joined if joined.strip(joined[0]) else joined[0]  # `t t t` is said thrice, not spelt
