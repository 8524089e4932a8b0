#!/usr/bin/env python3
"""Makes the demo district under zhanhua/, the same bytes every time; --check proves what was made.

    generate.py           write the files
    generate.py --check   read the committed files and prove their figures, references and legal order

Nothing at run time needs this script: the files it writes are committed. See zhanhua/README.md.
"""

import argparse
import collections
import csv
import datetime
import io
import json
import pathlib
import random
import re
import sys

import texts

SEED = 371603
OUT = pathlib.Path(__file__).resolve().parent / "zhanhua"
MARK_UNIT = "（示例）"
MARK_PERSON = "示例·"
DOC_PREFIX = "沾教督示例"
VISITS_FROM, VISITS_TO = datetime.date(2026, 3, 1), datetime.date(2026, 3, 31)
CUT_OFF = datetime.date(2026, 5, 31)
# Days that differ from Monday-to-Friday between March and May 2026; State Council notice for 2026
# (https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm).
REST_DAYS = {datetime.date(2026, 4, 6), datetime.date(2026, 5, 1), datetime.date(2026, 5, 4),
             datetime.date(2026, 5, 5)}
WORK_DAYS = {datetime.date(2026, 5, 9)}

# town: code, approximate centre, township class, primary/secondary kinds, kindergartens
TOWNS = {
    "富国街道": ("371603001", 37.700, 118.135, "street", "小学*6 初中*2 九年 高中 中职 特教", 23),
    "富源街道": ("371603002", 37.712, 118.098, "street", "小学*3 九年 高中 完中", 12),
    "下洼镇": ("371603101", 37.722, 117.985, "town", "小学*3 教学点 初中 九年", 9),
    "古城镇": ("371603102", 37.655, 117.962, "town", "小学*3 初中", 9),
    "冯家镇": ("371603103", 37.838, 118.190, "town", "小学*3 初中 九年", 8),
    "泊头镇": ("371603104", 37.618, 118.165, "town", "小学*2 初中", 6),
    "大高镇": ("371603105", 37.575, 118.050, "town", "小学*2 教学点 初中", 8),
    "黄升镇": ("371603106", 37.770, 118.030, "town", "小学*2 教学点 初中", 8),
    "滨海镇": ("371603107", 37.935, 118.245, "town", "小学 九年", 4),
    "下河乡": ("371603203", 37.842, 118.080, "township", "小学 九年", 3),
    "利国乡": ("371603204", 37.760, 118.255, "township", "小学*2 初中", 5),
    "海防办事处": ("371603400", 38.035, 118.210, "township", "九年", 1),
}
# number, name, [(town, first, last of the town's list or None for all)], inspectors
AREAS = [
    (1, "富国东督学责任区", [("富国街道", 0, 18)], 8),
    (2, "富国西督学责任区", [("富国街道", 18, 35)], 7),
    (3, "富源督学责任区", [("富源街道", 0, None)], 8),
    (4, "下洼督学责任区", [("下洼镇", 0, None)], 6),
    (5, "古城督学责任区", [("古城镇", 0, None)], 5),
    (6, "冯家督学责任区", [("冯家镇", 0, None)], 6),
    (7, "泊头利国督学责任区", [("泊头镇", 0, None), ("利国乡", 0, None)], 7),
    (8, "大高督学责任区", [("大高镇", 0, None)], 5),
    (9, "黄升督学责任区", [("黄升镇", 0, None)], 5),
    (10, "滨海下河海防督学责任区", [("滨海镇", 0, None), ("下河乡", 0, None), ("海防办事处", 0, None)], 6),
]
# kind: institution class, stage, run type, class AA of the identification code (None: has none by rule)
KINDS = {
    "小学": ("小学", "小学", "211", "21"),
    "教学点": ("教学点", "小学", "218", None),
    "初中": ("初级中学", "初中", "311", "31"),
    "九年": ("九年一贯制学校", "小学|初中", "312", "31"),
    "高中": ("高级中学", "高中", "342", "34"),
    "完中": ("完全中学", "初中|高中", "341", "34"),
    "中职": ("中等职业学校", "中职", "361", "36"),
    "特教": ("特殊教育学校", "特教", "511", "51"),
    "幼儿园": ("幼儿园", "学前", "111", "11"),
    "附设班": ("幼儿园", "学前", "119", None),
}
ORDINALS = "一二三四五六七八九十"
# Who may inspect one kind is qualified for its neighbours too.
BASIC = ("小学", "教学点", "初级中学", "九年一贯制学校")
QUALIFIES = {"幼儿园": ("幼儿园",), **{k: BASIC for k in BASIC}, "特殊教育学校": BASIC + ("特殊教育学校",),
             **{k: ("初级中学", k) for k in ("高级中学", "完全中学", "中等职业学校")}}
KG_NAMES = ("蓓蕾 春芽 星辰 小太阳 金枣 彩虹 晨光 童乐 向阳 海贝 芦花 枣乡 育苗 蓝天 启智 新苗 阳光 百灵 苗圃 "
            "海燕 未来星 和美 渤海花 小树林").split()
SURNAMES = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 程 曹 袁 邓 许 傅 沈".split()
GIVEN_M = "建国 志强 海涛 永胜 立新 国栋 文博 春生 振华 学军 明远 树林 庆丰 卫东 长河 家栋 宏伟 新民 光耀 继业".split()
GIVEN_F = "秀兰 丽娟 晓梅 玉珍 春燕 雪莲 红霞 文静 慧敏 桂芳 海燕 金凤 淑贞 雅琴 月娥 立华 思敏 翠萍 佳怡 冬梅".split()

SEVERITY_RANK = {"MINOR": 0, "GENERAL": 1, "SERIOUS": 2, "COMPLEX": 3}


def rule_data(name):
    """A shipped table of services/registry/data; lines with # at the start are comments."""
    path = pathlib.Path(__file__).resolve().parents[3] / "services/registry/data" / name
    return list(csv.DictReader(l for l in path.read_text(encoding="utf-8").splitlines() if not l.startswith("#")))


RULES = {r["key"]: r for r in rule_data("policy_rules.csv")}
# Days from the receipt of the notice within which the report of rectification is due. The complex clock counts
# calendar days; 38 working days are always inside its 60.
REPORT_DUE = {s: int(RULES[f"issue.rectify_days.{s.lower()}"]["value"]) for s in ("MINOR", "GENERAL", "SERIOUS")}
REPORT_DUE["COMPLEX"] = 38
PLAN_DUE, LOOKBACK_DUE = int(RULES["issue.plan_days"]["value"]), int(RULES["issue.lookback_days"]["value"])


class Names:
    """Invented persons: marked, and no name twice."""

    def __init__(self, rng):
        pool = [(s + g, sex) for sex, given in (("男", GIVEN_M), ("女", GIVEN_F)) for s in SURNAMES for g in given]
        rng.shuffle(pool)
        self._pool = iter(pool)

    def next(self):
        name, sex = next(self._pool)
        return MARK_PERSON + name, sex


def expand(kinds):
    for item in kinds.split():
        kind, _, times = item.partition("*")
        yield from [kind] * int(times or 1)


def yes(flag):
    return "是" if flag else "否"


def school_name(town, kind, ordinal):
    if kind in ("高中", "完中", "中职", "特教"):
        place = {"高中": town[:2], "完中": "枣乡"}.get(kind, "")
        tail = {"高中": "高级中学", "完中": "完全中学", "中职": "职业中等专业学校", "特教": "特殊教育学校"}[kind]
    else:
        place = town
        tail = {"小学": f"第{ORDINALS[ordinal]}小学", "初中": "中学" if ordinal == 0 else "第二中学", "九年": "实验学校",
                "教学点": {"下洼镇": "河东", "大高镇": "沟西"}.get(town, "枣园") + "教学点"}[kind]
    return f"沾化区{MARK_UNIT}{place}{tail}"


def make_schools(rng, names):
    area_of = {}
    for number, _, parts, _ in AREAS:
        for town, first, last in parts:
            for index in range(first, last if last is not None else 99):
                area_of[town, index] = number
    serial, rows = 0, []
    for town, (code, lat, lng, cls, kinds, kindergartens) in TOWNS.items():
        listed = list(expand(kinds))
        # Schools and kindergartens interleaved, so that the two areas of one town get both.
        kg = ["附设班" if cls != "street" and i == 3 else "幼儿园" for i in range(kindergartens)]
        order = sorted([((i + 0.5) / len(listed), k) for i, k in enumerate(listed)] +
                       [((i + 0.5) / len(kg), k) for i, k in enumerate(kg)], key=lambda x: x[0])
        seen, kg_seen = collections.Counter(), 0
        for index, (_, kind) in enumerate(order):
            institution, stage, run_type, aa = KINDS[kind]
            is_kg, private, centre = institution == "幼儿园", False, False
            if not is_kg:
                name = school_name(town, kind, seen[kind])
                seen[kind] += 1
                students = {"小学": 520, "教学点": 46, "初中": 780, "九年": 990, "高中": 2200, "完中": 1600,
                            "中职": 1300, "特教": 88}[kind]
                if cls != "street" and kind in ("小学", "初中", "九年"):
                    students = students * 6 // 10
            else:
                centre = kg_seen == 0
                private = kind == "幼儿园" and kg_seen % 5 in (2, 4)
                label = ("中心幼儿园" if centre else "中心小学附设幼儿班" if kind == "附设班"
                         else KG_NAMES[(kg_seen + 5 * list(TOWNS).index(town)) % len(KG_NAMES)] + "幼儿园")
                name = f"沾化区{MARK_UNIT}{town}{label}"
                kg_seen += 1
                students = 34 if kind == "附设班" else 210 if centre else 118
            students = max(18, round(students * rng.uniform(0.75, 1.25)))
            opened = datetime.date(rng.randint(1978 if not is_kg else 1998, 2021), 9, 1)
            new = is_kg and private and town in ("富国街道", "富源街道") and kg_seen in (23, 5 + 5)
            if new:
                opened = datetime.date(2025, 9, 1)
            ident = ""
            if aa and not new:
                serial += 1
                ident = f"{aa}37{990000 + serial:06d}"
            spread = 0.018 if cls == "street" else 0.045
            board = kind in ("高中", "完中", "中职", "特教") or (kind in ("初中", "九年") and cls != "street")
            bus_share = 0.15 if cls == "street" else 0.45
            urban = {"street": ["111", "112"], "town": ["121", "122", "220"], "township": ["210", "220"]}[cls]
            principal, _ = names.next()
            rows.append({
                "机构编号": "", "机构名称": name, "机构类别": institution, "学段": stage, "办学类型码": run_type,
                "举办者码": "999" if private else "831",
                "举办性质": ("普惠性民办" if kg_seen % 2 else "民办") if private else "公办",
                "城乡分类码": urban[0] if centre or kind in ("高中", "完中", "中职", "特教") else rng.choice(urban),
                "乡镇代码": code, "详细地址": f"滨州市沾化区{town}示例路{10 + 7 * index}号",
                "纬度": f"{lat + rng.uniform(-spread, spread):.5f}", "经度": f"{lng + rng.uniform(-spread, spread):.5f}",
                "学生数": students, "班级数": max(1, round(students / (27 if is_kg else 44))),
                "教职工数": max(3, round(students / (8 if is_kg else 13))), "寄宿": yes(board),
                "食堂": yes(kind != "附设班" and (board or is_kg or rng.random() < 0.6)),
                "校车": yes(kind not in ("高中", "完中", "中职", "教学点", "附设班") and rng.random() < bus_share),
                "机构标识码": ident, "责任区编号": area_of[town, index],
                "纳入责任区日期": max(opened, datetime.date(2022, 9, 1)).isoformat(),
                "建校日期": opened.isoformat(), "状态": "运行", "校（园）长": principal,
                "办公电话": "", "备注": {"附设班": "附设幼儿班，无机构标识码", "教学点": "小学教学点，无机构标识码"}.get(
                    kind, "2025年新批准设立，机构标识码申领中" if new else ""),
            })
    for prefix, group in (("X", [r for r in rows if r["机构类别"] != "幼儿园"]),
                          ("Y", [r for r in rows if r["机构类别"] == "幼儿园"])):
        for i, row in enumerate(group, 1):
            row["机构编号"] = f"{prefix}{i:03d}"
    rows.sort(key=lambda r: r["机构编号"])
    for i, row in enumerate(rows, 1):
        row["办公电话"] = f"0543-5551{i:03d}"
    renamed = next(r for r in rows if r["机构名称"].endswith("黄升镇第一小学"))
    renamed["备注"] = '原名"黄升镇中心小学（示例）",2021年更名，标识码不变'
    return rows


def make_inspectors(rng, names, schools):
    """63 persons, area by area; the first of each area leads it and is in nobody's employ."""
    sources = ["在职校长"] * 12 + ["在职教师"] * 14 + ["退休校长"] * 10 + ["退休教师"] * 9 + ["教研员"] * 5 + ["行政干部"] * 3
    rng.shuffle(sources)
    employers = [s for s in schools if s["举办性质"] == "公办" and s["办学类型码"] not in ("218", "119")]
    rng.shuffle(employers)
    by_area = collections.defaultdict(list)
    for school in schools:
        by_area[school["责任区编号"]].append(school)
    inspectors, assignments, serial = [], [], 0
    for number, _, _, count in AREAS:
        mine = sorted(by_area[number], key=lambda s: (s["乡镇代码"], s["机构类别"] == "幼儿园", float(s["经度"])))
        threes = len(mine) - 2 * count
        sizes = [3] * threes + [2] * (count - threes)
        rng.shuffle(sizes)
        for index, size in enumerate(sizes):
            serial += 1
            lead = index == 0
            source = ("专任督学" if number % 2 else "退休校长") if lead else sources.pop()
            held, mine = mine[:size], mine[size:]
            name, sex = names.next()
            employer = None
            if source in ("在职校长", "在职教师"):
                employer = next(e for e in employers if e not in held and (source != "在职教师" or e["学生数"] > 150))
                employers.remove(employer)
                if source == "在职校长":
                    employer["校（园）长"] = name
            start_year, term = rng.choice([(2023, 1), (2023, 2), (2024, 1), (2024, 2), (2025, 1), (2025, 3)])
            full = source == "专任督学" or (source == "行政干部")
            born = rng.randint(1957, 1964) if source.startswith("退休") else rng.randint(1968, 1983)
            start, end = f"{start_year}-09-01", f"{start_year + 3}-08-31"
            inspectors.append({
                "工号": f"DX{serial:03d}", "姓名": name, "性别": sex, "出生年份": born,
                "类别": "专职督学" if full else "兼职督学", "来源": source,
                "学历": rng.choice(["本科", "本科", "本科", "硕士研究生"]),
                "职称": rng.choice(["高级教师", "高级教师", "一级教师", "正高级教师"]),
                "教育工作年限": min(2025 - born - 22, rng.randint(15, 38)),
                "任职学校编号": employer["机构编号"] if employer else "",
                "任职起": f"{rng.randint(2012, 2022)}-09-01" if employer else "", "任职止": "",
                "责任区编号": number, "责任区职务": ["组长", "联络人"][index] if index < 2 else "成员",
                "可督导类别": "|".join(sorted({k for s in held for k in QUALIFIES[s["机构类别"]]})),
                "聘任文号": f"{DOC_PREFIX}〔{start_year}〕{6 + term}号", "届次": term, "聘期起": start, "聘期止": end,
                "督学证号": f"沾督示例{start_year}{serial:04d}", "发证机关": f"滨州市沾化区人民政府{MARK_UNIT}",
                "证件有效期起": start, "证件有效期止": end, "工作电话": f"0543-5550{serial:03d}", "状态": "在岗",
            })
            for school in held:
                since = max(start, school["纳入责任区日期"], rng.choice(["2023-09-01", "2024-09-01", "2025-09-01"]))
                assignments.append({"督学工号": f"DX{serial:03d}", "机构编号": school["机构编号"], "职责": "责任督学",
                                    "起始日期": since, "终止日期": "", "依据文号": f"{DOC_PREFIX}〔{since[:4]}〕12号"})
    # A rare character beyond the BMP: four bytes in GB18030 and in utf8mb4.
    inspectors[20]["姓名"] = MARK_PERSON + "周𬭎"
    assert not inspectors[20]["任职学校编号"] or inspectors[20]["来源"] != "在职校长"
    return inspectors, sorted(assignments, key=lambda a: a["机构编号"])


def make_areas(inspectors):
    rows = []
    for number, name, _, _ in AREAS:
        members = [i for i in inspectors if i["责任区编号"] == number]
        rows.append({"责任区编号": number, "责任区名称": name + MARK_UNIT, "组长工号": members[0]["工号"],
                     "联络人工号": members[1]["工号"], "文号": f"{DOC_PREFIX}〔2022〕3号", "生效日期": "2022-09-01",
                     "失效日期": ""})
    return rows


def make_recusals(rng, inspectors, schools, assignments):
    """Kin and former posts inside the own area, where they would matter; never the school already held."""
    grounds = [("近亲属在该校工作或就读", "配偶在该校任教", "2025-08-25"), ("近亲属在该校工作或就读", "兄长任该校副校长", "2025-08-25"),
               ("近亲属在该校工作或就读", "近亲属在该园任教", "2025-08-26"), ("近亲属在该校工作或就读", "近亲属在该校就读", "2025-08-26"),
               ("离职未满规定年限", "2024年7月前在该校任职，未满三年", "2024-07-31"), ("与负责人有近亲属关系", "兄长为该园负责人", "2025-08-27"),
               ("近亲属在该校工作或就读", "近亲属在该校就读", "2025-08-27"), ("其他可能影响公正的关系", "曾与该园有经济纠纷", "2025-09-05")]
    holder = {a["机构编号"]: a["督学工号"] for a in assignments}
    rows, used = [], set()
    for position, (ground, note, day) in enumerate(grounds):
        inspector = inspectors[3 + position * 7]
        wants_kg = "园" in note
        options = [s for s in schools if s["责任区编号"] == inspector["责任区编号"] and holder[s["机构编号"]] != inspector["工号"]
                   and (s["机构类别"] == "幼儿园") == wants_kg and s["机构编号"] not in used]
        if ground.startswith("其他") or "负责人" in note:
            options = [s for s in options if s["举办者码"] == "999"] or options
        school = rng.choice(options)
        used.add(school["机构编号"])
        rows.append({"督学工号": inspector["工号"], "机构编号": school["机构编号"], "回避事由": ground, "说明": note,
                     "起始日期": day, "终止日期": "2027-07-31" if ground == "离职未满规定年限" else "", "决定人工号": "DS001",
                     "决定日期": "2025-09-08"})
    return rows


def make_supervisors(rng, names, schools):
    """122 persons, 154 links: 32 persons serve two schools of one town, 6 big schools have two persons."""
    by_town = collections.defaultdict(list)
    for school in schools:
        by_town[school["乡镇代码"]].append(school)
    slots = collections.defaultdict(list)
    big = {s["机构编号"] for s in sorted(schools, key=lambda s: -s["学生数"])[:6]}
    for town, group in by_town.items():
        slots[town] = group + [s for s in group if s["机构编号"] in big]
    pairs_left, persons = 32, []
    towns = list(slots)
    quota = {t: round(32 * len(slots[t]) / 154) for t in towns}
    while sum(quota.values()) != 32:
        town = max(towns, key=lambda t: quota[t]) if sum(quota.values()) > 32 else min(towns, key=lambda t: quota[t])
        quota[town] += -1 if sum(quota.values()) > 32 else 1
    for town in towns:
        todo = sorted(slots[town], key=lambda s: s["学生数"])
        for _ in range(quota[town]):
            if len(todo) >= 2 and pairs_left:
                persons.append([todo.pop(0), todo.pop(0)])
                pairs_left -= 1
        persons.extend([s] for s in todo)
    rows = []
    for i, held in enumerate(persons, 1):
        name, _ = names.next()
        start = rng.choice(["2023-09-01", "2024-09-01", "2025-09-01"])
        for school in held:
            since = max(start, school["纳入责任区日期"])
            rows.append({"工号": f"XD{i:03d}", "姓名": name, "机构编号": school["机构编号"],
                         "校内职务": rng.choice(["副校长", "教导主任", "政教主任", "工会主席"]) if school["机构类别"] != "幼儿园"
                         else rng.choice(["副园长", "保教主任", "安全干事"]),
                         "任职起": since, "任职止": "", "聘任文号": f"{DOC_PREFIX}〔{since[:4]}〕15号",
                         "工作电话": f"0543-5552{i:03d}"})
    return rows


def make_staff(names):
    posts = [("主任", "督导室负责人", "371603"), ("副主任", "督导室负责人", "371603"), ("科员（综合）", "督导室工作人员", "371603"),
             ("科员（业务）", "督导室工作人员", "371603"), ("监督员", "审计员", "371603"), ("平台管理员", "平台管理员", "371603"),
             ("市教育督导室联络员", "上级读者", "371600")]
    return [{"工号": f"DS{i:03d}", "姓名": names.next()[0], "职务": post, "角色": role, "所属区划代码": division,
             "任职起": "2022-09-01", "任职止": "", "文号": f"{DOC_PREFIX}〔2022〕1号", "工作电话": f"0543-5553{i:03d}"}
            for i, (post, role, division) in enumerate(posts, 1)]


def fits(needs, school):
    stage = school["学段"]
    has = {"canteen": school["食堂"] == "是", "board": school["寄宿"] == "是", "bus": school["校车"] == "是",
           "prim": "小学" in stage, "jun": "初中" in stage, "private": school["举办者码"] == "999"}
    return all(has[need] for need in needs.split())


def grade_of(rng, school):
    stage = school["学段"]
    if stage == "学前":
        return rng.choice(["小一班", "中一班", "大一班"] if school["班级数"] < 5 else ["小二班", "中二班", "大二班", "中一班"])
    if "小学" in stage:
        return rng.choice(["三年级", "四年级", "五年级", "六年级"]) if stage == "小学" else rng.choice(["四年级", "七年级", "八年级"])
    return {"初中": rng.choice(["初一年级", "初二年级"]), "初中|高中": "初二年级", "高中": "高一年级", "中职": "一年级",
            "特教": "三年级"}[stage]


class Sentences:
    """Deals templates so that each is used about equally often."""

    def __init__(self, rng, templates):
        self._rng, self._templates, self._used = rng, templates, collections.Counter()

    def deal(self, school, taken, quota=None):
        want = "K" if school["机构类别"] == "幼儿园" else "B"
        options = [t for t in self._templates if t[0][0] == want and t[0] not in taken
                   and fits(t[1] if len(t) == 3 else t[2], school) and suits(t, school)
                   and (quota is None or quota[t[1]] > 0)]
        best = min(self._used[t] for t in options)
        chosen = self._rng.choice([t for t in options if self._used[t] == best])
        self._used[chosen] += 1
        return chosen


def suits(template, school):
    """Load, fees and marks of compulsory schooling make no sense elsewhere."""
    if school["学段"] in ("高中", "中职", "特教"):
        return template[0] not in ("B04", "B02")
    return True


def make_finding(rng, school, number, template):
    matter, severity, _, fact, rule, advice, measure, evidence = template
    fact = fact.format(n=rng.randint(2, 5), m=rng.choice([12, 15, 18, 20]), g=grade_of(rng, school))
    base = "《幼儿园责任督学挂牌督导办法》第五条" if matter[0] == "K" else "《中小学校责任督学挂牌督导办法》第四条"
    finding = {
        "no": number, "kind": "PROBLEM", "matter": matter, "severity": severity, "fact": fact,
        "basis": base + ("；" + texts.RULES[rule] if rule else ""), "advice": advice,
        "urgent": severity == "SERIOUS" and matter in ("B06", "B07", "K01"), "responsible": school["校（园）长"],
        "cause": {"MINOR": "日常检查不细，责任未到人。", "GENERAL": "制度执行不严，缺少过程检查。",
                  "SERIOUS": "责任意识不强，管理存在漏洞。", "COMPLEX": "涉及校外单位，学校单独难以解决。"}[severity],
        "measure": measure,
        "evidence": [{"file": f"{matter}-{number}-整改佐证.txt", "text": f"{evidence}。（示例材料，{school['机构编号']}）"}],
    }
    aspect = {"B04": "A06", "B05": "A08", "K03": "A08", "B06": "A07", "K01": "A07"}.get(matter)
    if aspect:
        finding["aspect"] = aspect
    return finding


def make_loop(rng, school, findings, supervisor, lead, fails, late):
    """One notice and one chain of look-backs for all problems of a visit; every offset counts working days."""
    worst = max(findings, key=lambda f: SEVERITY_RANK[f["severity"]])["severity"]
    needs_plan = worst != "MINOR"
    plan_after, accept_after = rng.randint(2, 4), 1
    for f in findings:
        # In a mixed visit a general problem is reported early enough for one look-back to serve all.
        low, high = {"MINOR": (3, 5) if needs_plan else (2, 4), "GENERAL": (8, 11), "SERIOUS": (9, 12),
                     "COMPLEX": (10, 12)}[f["severity"]]
        f["report_after_wd"] = [rng.randint(low, high)]
    if late is not None:
        late["report_after_wd"] = [REPORT_DUE[late["severity"]] + rng.randint(1, 2)]
    last = max(f["report_after_wd"][0] for f in findings)
    first = min(f["report_after_wd"][0] for f in findings)
    after = min(rng.randint(1, 4), LOOKBACK_DUE - (last - first))
    rounds = [{"lookback_after_wd": after, "duration_min": rng.choice([60, 75, 90, 120]),
               "methods": nonzero({"DOCUMENT_REVIEW": len(findings) + 1, "CAMPUS_PATROL": 1,
                                   "INTERVIEW": rng.randint(0, 2)}),
               "results": []}]
    for f in findings:
        bad = f["no"] in fails
        rounds[0]["results"].append({"finding": f["no"], "result": "FAIL" if bad else "PASS",
                                     "opinion": rng.choice(texts.FAIL_OPINIONS if bad else texts.PASS_OPINIONS)})
        if bad:
            f["report_after_wd"].append(rng.randint(2, 4))
            f["evidence"].append({"file": f"{f['matter']}-{f['no']}-第二轮整改佐证.txt",
                                  "text": f"第二轮补充：{f['evidence'][0]['text']}"})
    if fails:
        rounds.append({"lookback_after_wd": rng.randint(1, 3), "duration_min": 60,
                       "methods": {"DOCUMENT_REVIEW": 2, "CAMPUS_PATROL": 1, "INTERVIEW": 1},
                       "results": [{"finding": n, "result": "PASS", "opinion": rng.choice(texts.PASS_OPINIONS)}
                                   for n in fails]})
    # Issuer and acceptor always differ; the law asks it for serious problems only. lead: None if barred from accepting.
    if worst in ("SERIOUS", "COMPLEX"):
        issuer, acceptor = "DS002", "DS001"
    elif lead and rng.random() < 0.5:
        issuer, acceptor = "DS001", lead
    else:
        issuer, acceptor = "DS002", "DS001"
    loop = {
        "notice": {"after_wd": rng.randint(1, 2), "issuer": issuer},
        "receipt": {"after_wd": rng.randint(1, 2), "by": supervisor},
        "rounds": rounds,
        "acceptance": {"after_wd": rng.randint(1, 3), "by": acceptor, "opinion": "经回头看验收，整改到位，同意销号。"},
    }
    if needs_plan:
        loop["plan"] = {"after_wd": plan_after, "by": supervisor, "accept_after_wd": accept_after,
                        "summary": f"成立由{school['校（园）长']}任组长的整改小组，逐条明确措施、责任人和时限。"}
    if worst == "COMPLEX":
        loop["notice"]["consult_unit"] = f"沾化区有关主管部门{MARK_UNIT}"
    return loop


def nonzero(counts):
    return {k: n for k, n in counts.items() if n}


def held_visit(rng, school, findings, supervisor):
    """What happened at one visit, up to its approval."""
    own = ["K01", "K02", "K03"] if school["机构类别"] == "幼儿园" else sorted(rng.sample([f"B0{i}" for i in range(1, 9)], 3))
    faulty = [f["matter"] for f in findings]
    fine = ("GOOD", "ADEQUATE", "ADEQUATE")
    told = f"共指出{len(findings)}个问题，逐条说明依据和整改建议。" if findings else "未发现需要整改的问题，提出常态坚持的建议。"
    return {
        "school": school["机构编号"], "held": True, "arrive_after_min": rng.randint(0, 20),
        "duration_min": rng.choice([120, 135, 150, 165, 180]), "certificate_shown": True,
        "methods": nonzero({"CLASS_OBSERVATION": rng.randint(1, 3), "DOCUMENT_REVIEW": rng.randint(6, 22),
                            "MEETING_ATTENDANCE": int(rng.random() < 0.2), "INTERVIEW": rng.randint(2, 6),
                            "QUESTIONNAIRE": rng.choice([0, 0, 20, 30]), "CAMPUS_PATROL": 1}),
        "matters": [{"matter": m, "judgement": "WEAK" if m in faulty else rng.choice(fine)}
                    for m in sorted(set(own) | set(faulty))],
        "findings": findings, "feedback": "现场反馈：" + told, "submit_after_wd": rng.randint(0, 1),
        "school_comment": rng.choice(texts.COMMENTS) if findings else "认可督导结论，将继续坚持。",
        "comment_by": supervisor, "approve_after_wd": 1, "approved_by": rng.choice(["DS003", "DS004"]),
    }


def make_acts(rng, schools, inspectors, areas, assignments, supervisors, recusals):
    by_id = {s["机构编号"]: s for s in schools}
    holder = {a["机构编号"]: a["督学工号"] for a in assignments}
    lead_of = {a["责任区编号"]: a["组长工号"] for a in areas}
    employee = {i["工号"]: i["任职学校编号"] for i in inspectors}
    barred = {(r["督学工号"], r["机构编号"]) for r in recusals}
    supervisor_of = {}
    for s in supervisors:
        supervisor_of.setdefault(s["机构编号"], s["工号"])
    held_by = collections.defaultdict(list)
    for school, inspector in holder.items():
        held_by[inspector].append(school)
    missed = {rng.choice(sorted(group)) for _, group in sorted(held_by.items()) if len(group) == 3}
    reasons, reason_of = list(texts.MISSED), {}
    for school in sorted(missed):
        kind = "K" if by_id[school]["机构类别"] == "幼儿园" else "B"
        audiences = [kind] + (["OWN"] if employee[holder[school]] else []) + [""]
        option = min((r for r in reasons if r[1] in audiences), key=lambda r: audiences.index(r[1]))
        reasons.remove(option)
        reason_of[school] = option
    held = sorted(s["机构编号"] for s in schools if s["机构编号"] not in missed)
    counts = [3] * 6 + [2] * 20 + [1] * 66 + [0] * 34
    rng.shuffle(counts)
    quota = collections.Counter({"MINOR": 44, "GENERAL": 64, "SERIOUS": 12, "COMPLEX": 4})
    problems, practices = Sentences(rng, texts.PROBLEMS), Sentences(rng, texts.PRACTICES)
    visits, drafts = {}, []
    # Rare severities first, so that the quota of each is met by sentences that fit the school.
    for school_id, count in zip(held, counts):
        school, findings, taken = by_id[school_id], [], set()
        for number in range(1, count + 1):
            template = problems.deal(school, taken, quota)
            quota[template[1]] -= 1
            taken.add(template[0])
            findings.append(make_finding(rng, school, number, template))
        drafts.append((school, findings))
    with_problems = [d for d in drafts if d[1]]
    ordinary = [f for _, fs in with_problems for f in fs if f["severity"] in ("MINOR", "GENERAL")]
    failing = {id(f) for f in rng.sample(ordinary, 9)}
    single_serious = next(fs[0] for _, fs in with_problems if len(fs) == 1 and fs[0]["severity"] == "SERIOUS")
    failing.add(id(single_serious))
    single_minor = [fs[0] for _, fs in with_problems
                    if len(fs) == 1 and fs[0]["severity"] == "MINOR" and id(fs[0]) not in failing]
    late = {id(f) for f in rng.sample(single_minor, 3)}
    praise = set(rng.sample(range(len(drafts)), 38))
    for index, (school, findings) in enumerate(drafts):
        school_id = school["机构编号"]
        visit = held_visit(rng, school, findings, supervisor_of[school_id])
        if findings:
            fails = [f["no"] for f in findings if id(f) in failing]
            lead = lead_of[school["责任区编号"]]
            barred_lead = lead == holder[school_id] or (lead, school_id) in barred or employee[lead] == school_id
            visit["loop"] = make_loop(rng, school, findings, supervisor_of[school_id], None if barred_lead else lead,
                                      fails, next((f for f in findings if id(f) in late), None))
        if index in praise:
            matter, _, fact = practices.deal(school, set())
            findings.append({"no": len(findings) + 1, "kind": "GOOD_PRACTICE", "matter": matter, "fact": fact})
            if matter not in [m["matter"] for m in visit["matters"]]:
                visit["matters"].append({"matter": matter, "judgement": "GOOD"})
        visits[school_id] = visit
    for school_id in sorted(missed):
        code, _, reason = reason_of[school_id]
        visits[school_id] = {"school": school_id, "held": False, "reason_code": code, "reason": reason,
                             "recorded_by": "DS003"}
    return {"format": 1, "office": "zhanhua", "note": "示例数据：机构、人员和情节均为虚构。All invented.",
            "visit_period": {"from": VISITS_FROM.isoformat(), "to": VISITS_TO.isoformat()},
            "cut_off": CUT_OFF.isoformat(),
            "visits": [visits[k] for k in sorted(visits)]}


FILES = {  # name: encoding, line end
    "机构.csv": ("utf-8-sig", "\r\n"), "责任区.csv": ("utf-8", "\n"), "责任督学.csv": ("gb18030", "\r\n"),
    "督学分工.csv": ("utf-8", "\n"), "回避.csv": ("utf-8", "\n"), "校级督学.csv": ("utf-8", "\n"),
    "督导室人员.csv": ("utf-8", "\n"), "督导室.csv": ("utf-8", "\n"), "校历.csv": ("utf-8", "\n"),
}


def write_csv(name, rows):
    encoding, end = FILES[name]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    (OUT / name).write_bytes(text.getvalue().encode(encoding))


def read_csv(name):
    encoding, _ = FILES[name]
    return list(csv.DictReader(io.StringIO((OUT / name).read_bytes().decode(encoding), newline="")))


def generate():
    rng = random.Random(SEED)
    names = Names(rng)
    OUT.mkdir(exist_ok=True)
    schools = make_schools(rng, names)
    inspectors, assignments = make_inspectors(rng, names, schools)
    areas = make_areas(inspectors)
    supervisors = make_supervisors(rng, names, schools)
    write_csv("责任区.csv", areas)
    write_csv("责任督学.csv", inspectors)
    write_csv("督学分工.csv", assignments)
    recusals = make_recusals(rng, inspectors, schools, assignments)
    write_csv("回避.csv", recusals)
    write_csv("校级督学.csv", supervisors)
    write_csv("督导室人员.csv", make_staff(names))
    write_csv("机构.csv", schools)
    write_csv("督导室.csv", [
        {"督导室编码": "binzhou", "名称": f"滨州市人民政府教育督导室{MARK_UNIT}", "级别": "市", "区划代码": "371600", "上级编码": "",
         "文号前缀": "滨教督示例", "沙箱": "是"},
        {"督导室编码": "zhanhua", "名称": f"滨州市沾化区人民政府教育督导室{MARK_UNIT}", "级别": "县", "区划代码": "371603",
         "上级编码": "binzhou", "文号前缀": DOC_PREFIX, "沙箱": "是"}])
    write_csv("校历.csv", [
        {"名称": f"2025—2026学年{name}{MARK_UNIT}", "对象": audience, "开始日期": first, "结束日期": last, "教学月份": months}
        for audience in ("中小学", "幼儿园")
        for name, first, last, months in (
            ("第一学期", "2025-09-01", "2026-01-23", "2025-09|2025-10|2025-11|2025-12|2026-01"),
            ("第二学期", "2026-03-02", "2026-07-03", "2026-03|2026-04|2026-05|2026-06"))])
    acts = make_acts(rng, schools, inspectors, areas, assignments, supervisors, recusals)
    (OUT / "acts.json").write_bytes((json.dumps(acts, ensure_ascii=False, indent=1) + "\n").encode())
    print(f"seed {SEED}: wrote {len(FILES) + 1} files to {OUT.name}/")


def working_day(day):
    return day in WORK_DAYS or (day.weekday() < 5 and day not in REST_DAYS)


def add_working_days(day, n):
    while n > 0:
        day += datetime.timedelta(days=1)
        n -= working_day(day)
    return day


class Check:
    def __init__(self):
        self.failed = 0

    def that(self, ok, text):
        if not ok:
            self.failed += 1
            print("FAIL", text)

    def figure(self, name, got, want):
        print(f"{name:<44}{got:>6}")
        self.that(got == want, f"{name}: {got}, expected {want}")


def check_rule_data(c):
    units = {"day", "working_day", "month", "year", "count", "text"}
    c.that(len(RULES) == len(rule_data("policy_rules.csv")), "rule keys unique")
    for key, r in RULES.items():
        c.that(re.fullmatch(r"[a-z][a-z0-9_.]{0,62}", key) and r["unit"] in units, f"rule {key} key and unit")
        c.that(r["source"] and r["valid_from"], f"rule {key} source and validity")
        c.that(r["unit"] == "text" or r["value"].isdigit(), f"rule {key} value")
    divisions = {d["code"]: d for d in rule_data("divisions.csv")}
    for d in divisions.values():
        c.that(not d["parent"] or d["parent"] in divisions, f"division {d['code']} parent")
        c.that(bool(d["valid_to"]) == bool(d["successor"]) and (not d["successor"] or d["successor"] in divisions),
               f"division {d['code']} successor")
    towns = {code for code, d in divisions.items() if d["level"] == "town"}
    c.that({s["乡镇代码"] for s in read_csv("机构.csv")} == towns, "an institution in each town, and only there")
    matters = {m["code"]: m for m in rule_data("matters.csv")}
    want = {f"B{i:02d}" for i in range(1, 9)} | {f"K{i:02d}" for i in range(1, 5)} | {f"A{i:02d}" for i in range(1, 15)}
    c.that(set(matters) == want, "matters and aspects complete")
    acts = json.loads((OUT / "acts.json").read_text(encoding="utf-8"))
    used = {f[k] for v in acts["visits"] if v["held"] for f in v["findings"] for k in ("matter", "aspect") if k in f}
    c.that(used <= set(matters), "matters of findings exist")


def check_roster(c):
    schools = {r["机构编号"]: r for r in read_csv("机构.csv")}
    inspectors = {r["工号"]: r for r in read_csv("责任督学.csv")}
    areas = {r["责任区编号"]: r for r in read_csv("责任区.csv")}
    staff = {r["工号"]: r for r in read_csv("督导室人员.csv")}
    supervisors = read_csv("校级督学.csv")
    assignments = read_csv("督学分工.csv")
    kindergartens = [s for s in schools.values() if s["机构类别"] == "幼儿园"]
    c.figure("inspectors", len(inspectors), 63)
    c.figure("areas", len(areas), 10)
    c.figure("schools", len(schools) - len(kindergartens), 52)
    c.figure("kindergartens", len(kindergartens), 96)
    c.figure("institutions", len(schools), 148)
    c.figure("school-based supervisors", len({s["工号"] for s in supervisors}), 122)
    c.figure("institutions with a school-based supervisor", len({s["机构编号"] for s in supervisors}), 148)
    c.figure("towns", len({s["乡镇代码"] for s in schools.values()}), 12)
    c.figure("institutions with a responsible inspector", len({a["机构编号"] for a in assignments}), 148)
    c.that(len(assignments) == 148, "one responsible inspector for each institution")
    names = [s["机构名称"] for s in schools.values()]
    c.that(len(set(names)) == 148 and all(MARK_UNIT in n for n in names), "institution names unique and marked")
    persons = ([i["姓名"] for i in inspectors.values()] + [s["姓名"] for s in staff.values()]
               + list({s["工号"]: s["姓名"] for s in supervisors}.values()))
    c.that(len(set(persons)) == len(persons), "persons unique")
    c.that(all(p.startswith(MARK_PERSON) for p in persons), "persons marked")
    c.that(all(s["校（园）长"].startswith(MARK_PERSON) for s in schools.values()), "principals marked")
    codes = [s["机构标识码"] for s in schools.values() if s["机构标识码"]]
    c.that(len(set(codes)) == len(codes), "identification codes unique")
    aa_of = {v[2]: v[3] for v in KINDS.values()}
    for s in schools.values():
        code, aa = s["机构标识码"], aa_of[s["办学类型码"]]
        c.that(not code or (re.fullmatch(r"(11|2[12]|3[1-7]|4[12]|51|9[123])37\d{6}", code) and code[:2] == aa),
               f"{s['机构编号']} identification code {code}")
        c.that(bool(code) or s["备注"] != "", f"{s['机构编号']} says why it has no code")
        c.that(s["责任区编号"] in areas, f"{s['机构编号']} area")
        c.that(37.4 <= float(s["纬度"]) <= 38.1 and 117.9 <= float(s["经度"]) <= 118.4, f"{s['机构编号']} position")
    for number, area in areas.items():
        members = {k for k, i in inspectors.items() if i["责任区编号"] == number}
        c.that(len(members) >= 2 and {area["组长工号"], area["联络人工号"]} <= members
               and inspectors[area["组长工号"]]["责任区职务"] == "组长"
               and inspectors[area["联络人工号"]]["责任区职务"] == "联络人", f"area {number} members")
        c.that(sum(s["责任区编号"] == number for s in schools.values()) <= 20, f"area {number} size")
    barred = {(r["督学工号"], r["机构编号"]) for r in read_csv("回避.csv")}
    c.figure("recusals", len(barred), 8)
    c.that(all(i in inspectors and s in schools for i, s in barred), "recusals resolve")
    held = collections.Counter()
    for a in assignments:
        inspector, school = inspectors[a["督学工号"]], schools[a["机构编号"]]
        held[a["督学工号"]] += 1
        c.that(inspector["责任区编号"] == school["责任区编号"], f"{school['机构编号']} held inside its area")
        c.that(inspector["任职学校编号"] != school["机构编号"], f"{school['机构编号']} not held by its own employee")
        c.that((a["督学工号"], a["机构编号"]) not in barred, f"{school['机构编号']} recusal")
        c.that(max(inspector["聘期起"], school["纳入责任区日期"]) <= a["起始日期"] <= VISITS_FROM.isoformat(),
               f"{school['机构编号']} assignment dates")
        c.that(school["机构类别"] in inspector["可督导类别"].split("|"), f"{school['机构编号']} kind")
    c.figure("inspectors with three institutions", sum(v == 3 for v in held.values()), 22)
    c.figure("inspectors with two institutions", sum(v == 2 for v in held.values()), 41)
    for i in inspectors.values():
        c.that(i["聘期起"] <= VISITS_FROM.isoformat() and min(i["聘期止"], i["证件有效期止"]) >= CUT_OFF.isoformat(),
               f"{i['工号']} in term")
        c.that(int(i["届次"]) <= 3 and int(i["教育工作年限"]) >= 10, f"{i['工号']} qualified")
        c.that(not i["任职学校编号"] or i["任职学校编号"] in schools, f"{i['工号']} employer")
        c.that((i["来源"] == "在职校长") == any(i["姓名"] == s["校（园）长"] for s in schools.values()), f"{i['工号']} principal")
    for s in supervisors:
        c.that(s["机构编号"] in schools and s["任职起"] <= "2026-03-01", f"{s['工号']} school")
    return schools, inspectors, areas, staff, supervisors, assignments


def loop_days(visit, start):
    """Dates of every step of a visit's loop, if the visit takes place on start; keyed by finding."""
    loop, problems = visit["loop"], [f for f in visit["findings"] if f["kind"] == "PROBLEM"]
    approved = add_working_days(add_working_days(start, visit["submit_after_wd"]), visit["approve_after_wd"])
    issued = add_working_days(approved, loop["notice"]["after_wd"])
    received = add_working_days(issued, loop["receipt"]["after_wd"])
    base, days, open_ = received, {}, problems
    for number, round_ in enumerate(loop["rounds"]):
        reports = {f["no"]: add_working_days(base, f["report_after_wd"][number]) for f in open_}
        look = add_working_days(max(reports.values()), round_["lookback_after_wd"])
        for f in open_:
            days.setdefault(f["no"], []).append((reports[f["no"]], look))
        open_ = [f for f in open_ if any(r["finding"] == f["no"] and r["result"] == "FAIL" for r in round_["results"])]
        base = look
    return received, days, {no: add_working_days(d[-1][1], loop["acceptance"]["after_wd"]) for no, d in days.items()}


def check_acts(c, schools, inspectors, areas, staff, supervisors, assignments):
    acts = json.loads((OUT / "acts.json").read_text(encoding="utf-8"))
    visits = {v["school"]: v for v in acts["visits"]}
    c.that(set(visits) == set(schools), "an act for each institution")
    held = {k: v for k, v in visits.items() if v["held"]}
    missed = {k: v for k, v in visits.items() if not v["held"]}
    holder = {a["机构编号"]: a["督学工号"] for a in assignments}
    barred = {(r["督学工号"], r["机构编号"]) for r in read_csv("回避.csv")}
    per_inspector = collections.Counter(holder[k] for k in held)
    c.figure("visits held", len(held), 126)
    c.figure("visits missed", len(missed), 22)
    c.that(len(per_inspector) == 63 and set(per_inspector.values()) == {2}, "each inspector holds two visits")
    c.that(len({m["reason"] for m in missed.values()}) == 22, "reasons of the missed differ")
    sup = collections.defaultdict(set)
    for s in supervisors:
        sup[s["机构编号"]].add(s["工号"])
    severities, matters, rounds = collections.Counter(), collections.Counter(), collections.Counter()
    facts, praise, closed, late, latest = set(), 0, 0, 0, None
    for key, v in held.items():
        problems = [f for f in v["findings"] if f["kind"] == "PROBLEM"]
        praise += len(v["findings"]) - len(problems)
        c.that([f["no"] for f in v["findings"]] == list(range(1, len(v["findings"]) + 1)), f"{key} ordinals")
        want = "K" if schools[key]["机构类别"] == "幼儿园" else "B"
        c.that(all(f["matter"][0] == want for f in v["findings"]), f"{key} matters of its kind")
        c.that({f["matter"] for f in v["findings"]} <= {m["matter"] for m in v["matters"]}, f"{key} matters judged")
        c.that(v["approved_by"] in staff and v["comment_by"] in sup[key], f"{key} actors")
        c.that(bool(problems) == ("loop" in v), f"{key} loop")
        for f in problems:
            severities[f["severity"]] += 1
            matters[f["matter"]] += 1
            facts.add(f["fact"])
        if not problems:
            continue
        loop = v["loop"]
        acceptor, issuer, responsible = loop["acceptance"]["by"], loop["notice"]["issuer"], holder[key]
        area = areas[schools[key]["责任区编号"]]
        c.that(acceptor == "DS001" or acceptor == area["组长工号"], f"{key} acceptor is office or area lead")
        c.that(acceptor != responsible, f"{key} acceptor is not the look-back inspector")
        c.that(acceptor not in sup[key], f"{key} acceptor is not the school's supervisor")
        c.that((acceptor, key) not in barred, f"{key} acceptor not barred")
        c.that(inspectors.get(acceptor, {}).get("任职学校编号") != key, f"{key} acceptor not employed there")
        c.that(issuer in staff and (all(f["severity"] in ("MINOR", "GENERAL") for f in problems) or acceptor != issuer),
               f"{key} serious: acceptor is not the issuer")
        c.that(loop["receipt"]["by"] in sup[key], f"{key} receipt")
        plan_needed = any(f["severity"] != "MINOR" for f in problems)
        c.that(plan_needed == ("plan" in loop), f"{key} plan")
        if plan_needed:
            accepted = loop["plan"]["after_wd"] + loop["plan"]["accept_after_wd"]
            c.that(loop["plan"]["after_wd"] <= PLAN_DUE, f"{key} plan in time")
            c.that(all(f["report_after_wd"][0] > accepted for f in problems if f["severity"] != "MINOR"),
                   f"{key} plan before report")
        last = loop["rounds"][-1]["results"]
        c.that(len(last) > 0 and all(r["result"] == "PASS" for r in last), f"{key} ends")
        for f in problems:
            results = [r["result"] for rd in loop["rounds"] for r in rd["results"] if r["finding"] == f["no"]]
            rounds[len(results)] += 1
            closed += results[-1] == "PASS" and results[:-1] == ["FAIL"] * (len(results) - 1)
            late += f["report_after_wd"][0] > REPORT_DUE[f["severity"]]
            c.that(len(f["evidence"]) == len(f["report_after_wd"]) == len(results),
                   f"{key}/{f['no']} evidence per round")
        start = VISITS_FROM
        while start <= VISITS_TO:
            if working_day(start):
                received, days, accepted = loop_days(v, start)
                ends = max(accepted.values())
                latest = max(latest or ends, ends)
                for no, steps in days.items():
                    flat = [received] + [d for step in steps for d in step] + [accepted[no]]
                    c.that(flat == sorted(flat) and len(set(flat)) == len(flat), f"{key}/{no} order of days")
                    c.that(all(add_working_days(r, LOOKBACK_DUE) >= look for r, look in steps),
                           f"{key}/{no} look-back in time")
            start += datetime.timedelta(days=1)
    c.figure("problems", sum(severities.values()), 124)
    c.figure("problems closed after look-back", closed, 124)
    print(f"  by severity {dict(severities)}\n  by matter {dict(sorted(matters.items()))}")
    print(f"  rounds {dict(rounds)}, late reports {late}, good practice {praise}, distinct facts {len(facts)}")
    print(f"  latest acceptance, whatever day the plan chose: {latest}")
    c.that(latest <= CUT_OFF, "everything closed by the cut-off")
    c.that(len(facts) >= 60 and rounds[2] > 0 and praise > 0, "variety")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="prove the committed files instead of writing them")
    if not parser.parse_args().check:
        generate()
        return 0
    c = Check()
    check_rule_data(c)
    check_acts(c, *check_roster(c))
    print("FAILED" if c.failed else "all checks passed")
    return 1 if c.failed else 0


if __name__ == "__main__":
    sys.exit(main())
