"""What a third party can ask for, in the words the athlete reads before allowing it."""

SUMMARY = "summary:read"
LABS = "labs:read"
WORKOUTS = "workouts:read"

SCOPES: dict[str, str] = {
    SUMMARY: "Your summary: the areas, the findings behind them, trends and what is missing",
    LABS: "Your laboratory results: values, units, dates and laboratories",
    WORKOUTS: "Your workouts: when they were, how long and how much load they meant",
}
