"""What people call the places that rulebooks tell apart: countries in English, Chinese and Korean, states in English.

A name is compared without case, accents, spaces and punctuation. Regions of China stand for China, since no
rulebook tells them apart.

Known gap: countries that no rulebook is for are known by their ISO 3166 codes alone.
"""

COUNTRIES = {
    "AU": "Australia, Commonwealth of Australia, 澳大利亚, 澳洲, 호주",
    "AT": "Austria, 奥地利, 오스트리아",
    "BE": "Belgium, 比利时, 벨기에",
    "BG": "Bulgaria, 保加利亚, 불가리아",
    "BR": "Brazil, Brasil, 巴西, 브라질",
    "CA": "Canada, 加拿大, 캐나다",
    "CN": (
        "China, PRC, Mainland China, 中国, 中国大陆, 中华人民共和国, 중국, 北京, 天津, 上海, 重庆, 河北, 山西, 辽宁,"
        " 吉林, 黑龙江, 江苏, 浙江, 安徽, 福建, 江西, 山东, 河南, 湖北, 湖南, 广东, 海南, 四川, 贵州, 云南, 陕西, 甘肃,"
        " 青海, 内蒙古, 广西, 西藏, 宁夏, 新疆, 广西壮族, 宁夏回族, 新疆维吾尔"
    ),
    "CY": "Cyprus, 塞浦路斯, 키프로스",
    "CZ": "Czechia, Czech Republic, 捷克, 체코",
    "DE": "Germany, Deutschland, 德国, 독일",
    "DK": "Denmark, 丹麦, 덴마크",
    "EE": "Estonia, 爱沙尼亚, 에스토니아",
    "ES": "Spain, España, 西班牙, 스페인",
    "FI": "Finland, 芬兰, 핀란드",
    "FR": "France, 法国, 프랑스",
    "GB": "United Kingdom, UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, 英国, 영국",
    "GR": "Greece, 希腊, 그리스",
    "HK": "Hong Kong, Hong Kong SAR, 香港, 中国香港, 홍콩",
    "HR": "Croatia, 克罗地亚, 크로아티아",
    "HU": "Hungary, 匈牙利, 헝가리",
    "IE": "Ireland, 爱尔兰, 아일랜드",
    "IN": "India, 印度, 인도",
    "IS": "Iceland, 冰岛, 아이슬란드",
    "IT": "Italy, Italia, 意大利, 이탈리아",
    "JP": "Japan, 日本, 일본",
    "KR": "South Korea, Korea, Republic of Korea, 韩国, 대한민국, 한국",
    "LT": "Lithuania, 立陶宛, 리투아니아",
    "LU": "Luxembourg, 卢森堡, 룩셈부르크",
    "LV": "Latvia, 拉脱维亚, 라트비아",
    "MO": "Macao, Macau, 澳门, 中国澳门, 마카오",
    "MT": "Malta, 马耳他, 몰타",
    "NL": "Netherlands, The Netherlands, Holland, 荷兰, 네덜란드",
    "NO": "Norway, 挪威, 노르웨이",
    "PL": "Poland, 波兰, 폴란드",
    "PT": "Portugal, 葡萄牙, 포르투갈",
    "RO": "Romania, 罗马尼亚, 루마니아",
    "SE": "Sweden, 瑞典, 스웨덴",
    "SG": "Singapore, 新加坡, 싱가포르",
    "SI": "Slovenia, 斯洛文尼亚, 슬로베니아",
    "SK": "Slovakia, 斯洛伐克, 슬로바키아",
    "TW": "Taiwan, 台湾, 中国台湾, 대만",
    "US": "United States, USA, United States of America, America, 美国, 미국",
}
STATES = {
    "US": (
        "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,"
        " DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa,"
        " KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota,"
        " MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey,"
        " NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon,"
        " PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah,"
        " VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming"
    ),
    "CA": (
        "AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador,"
        " NS Nova Scotia, NT Northwest Territories, NU Nunavut, ON Ontario, PE Prince Edward Island, QC Québec,"
        " SK Saskatchewan, YT Yukon"
    ),
    "AU": (
        "ACT Australian Capital Territory, NSW New South Wales, NT Northern Territory, QLD Queensland,"
        " SA South Australia, TAS Tasmania, VIC Victoria, WA Western Australia"
    ),
}
AMBIGUOUS = {"georgia": "US-GA"}
"""Names of two places, by the code that tells which is meant if it is the state."""
REGION_ENDINGS = ("特别行政区", "自治区", "省", "市")
