"""What a person writes into the forms of one small matter, for tests of nodes and hosts."""

FORM = {
    "title": "整改某段连续长下坡警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志并复核夜间可视距离",
    "source": "领导批示",
    "basis": "示例批示",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}
CONTACT = {"name": "丙", "phone": "1"}
DEPLOY = {"leader": "甲", "responsible": "乙", "contact": CONTACT, "measures": "立即整改"}
DONE = {"text": "已补设12块", "indicators": [{"name": "补设标志", "value": "12"}]}
