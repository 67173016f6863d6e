"""What reminders are about, in the words a person reads before they switch one off."""

OWN = "own"
# Name and usual interval, in the order people read them.
TOPICS: dict[str, tuple[str, str]] = {
    "vitd_25oh": (
        "Vitamin D",
        "12 weeks after a low or high result, else once a year with a reason",
    ),
    "pth": ("Parathyroid hormone", "2 weeks after a low vitamin D result, and with its repeat"),
    "calcium": ("Calcium", "a week after a high result"),
    "kidney": ("Kidney function", "every 4 to 12 months, the lower it is the sooner"),
    "tsh": ("Thyroid", "6 weeks after a new dose of levothyroxine, then once a year"),
    "bone_markers": ("Bone turnover markers", "90 days after a bone drug began"),
    "dxa": ("Bone density scan", "by your last result; a first one from an age on"),
    "frax": ("Fracture probability", "every 2 years, or after a fracture or a new scan"),
    "injury": ("Open injuries", "6 weeks after a stress injury or fracture was entered"),
    "strength": ("Grip strength", "once a year, from 60 on every 3 to 6 months"),
    "function": ("Chair stand and walking test", "every 6 months from 60 on"),
    "body_composition": ("Lean mass", "every 2 years, from 60 on once a year"),
    "loading": ("Bone loading", "after some days without it, and after a large step up"),
    "recovery": ("Training and recovery", "questions every 3 to 6 months; gaps in a cycle log"),
    "nutrition": ("Diet log", "every 90 days"),
    "sync": ("A silent phone", "after a week without data"),
    OWN: ("My own reminders", "as you set them"),
}
TOPIC_KEYS = list(TOPICS)
