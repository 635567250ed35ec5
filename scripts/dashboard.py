#!/usr/bin/env python3
"""Makes monitoring/grafana-dashboard.json, a dashboard for Grafana 10 or later over Prometheus.

    python3 scripts/dashboard.py > monitoring/grafana-dashboard.json

src/guide/monitoring.md explains the panels. tests/it/telemetry/monitoring.rs compares the names and labels with what the library exports.
"""

import json

JOB = 'job=~"$job"'
WHERE = 'job=~"$job", provider=~"$provider"'
# The share of a grid of 24 columns.
HEIGHT, COLUMNS = 8, 24


def rate(metric, where, by, function="rate"):
    return f"sum by ({by}) ({function}({metric}{{{where}}}[$__rate_interval]))"


def quantile(share, metric, by):
    return f"histogram_quantile({share}, {rate(metric + '_bucket', WHERE, by + ', le' if by else 'le')})"


def ratio(part, whole):
    return f"{part} / {whole}"


SENT = f"sum(rate(otpost_sends_total{{{WHERE}}}[$__rate_interval]))"
ACCEPTED = f'sum(rate(otpost_sends_total{{{WHERE}, fate="accepted"}}[$__rate_interval]))'
ISSUED = f'sum(rate(otpost_issues_total{{{JOB}, result=~"accepted|queued"}}[$__rate_interval]))'
VERIFIED = f'sum(rate(otpost_verdicts_total{{{JOB}, verdict="accepted"}}[$__rate_interval]))'
GUESSED = f'sum(rate(otpost_verdicts_total{{{JOB}, verdict=~"accepted|wrong|locked"}}[$__rate_interval]))'
WRONG = f'sum(rate(otpost_verdicts_total{{{JOB}, verdict=~"wrong|locked"}}[$__rate_interval]))'

# A row: its title, and its panels with type, title, description, unit, width, and pairs of an expression and a legend.
ROWS = [
    ("Now", [
        ("stat", "Messages per second", "Messages that ended, whatever their fate.", "cps", 4, [(SENT, "")]),
        ("stat", "Accepted", "The share of the messages that a provider accepted.", "percentunit", 5,
         [(ratio(ACCEPTED, SENT), "")]),
        ("stat", "95 % of messages within", "The duration of a message with its retries and failovers.", "s", 5,
         [(quantile(0.95, "otpost_send_duration", ""), "")]),
        ("stat", "Codes used", "Correct codes per code that was sent. It falls with SMS pumping, and if messages do not arrive.",
         "percentunit", 5, [(ratio(VERIFIED, ISSUED), "")]),
        ("stat", "Wrong codes", "The share of the checked codes that were wrong or came for a locked challenge. It rises when "
         "codes are guessed.", "percentunit", 5, [(ratio(WRONG, GUESSED), "")]),
    ]),
    ("Messages", [
        ("timeseries", "Messages by fate", "`unknown` means that the message may have arrived.", "cps", 12,
         [(rate("otpost_sends_total", WHERE, "fate"), "{{fate}}")]),
        ("timeseries", "Failures by kind", "The kind of the error of the last attempt.", "cps", 12,
         [(rate("otpost_sends_total", WHERE + ', fate!="accepted"', "provider, error_type"), "{{provider}}: {{error_type}}")]),
        ("timeseries", "Duration of a message", "From the call to the result, with retries and failovers.", "s", 12,
         [(quantile(0.5, "otpost_send_duration", ""), "50 %"), (quantile(0.95, "otpost_send_duration", ""), "95 %"),
          (quantile(0.99, "otpost_send_duration", ""), "99 %")]),
        ("timeseries", "Duration of an attempt, 95 %", "One exchange with a provider.", "s", 12,
         [(quantile(0.95, "otpost_attempt_duration", "provider"), "{{provider}}")]),
    ]),
    ("Providers", [
        ("timeseries", "Attempts by provider", "Each exchange with a provider.", "cps", 12,
         [(rate("otpost_attempts_total", WHERE, "provider, fate"), "{{provider}}: {{fate}}")]),
        ("timeseries", "Retries and failovers", "Attempts that were repeated, and messages that went to the next provider.",
         "cps", 12, [(rate("otpost_retries_total", WHERE, "provider"), "retry {{provider}}"),
                     (rate("otpost_failovers_total", WHERE, "provider"), "failover from {{provider}}")]),
        ("timeseries", "Circuit breakers", "Breakers that opened, and messages that an open one refused.", "cps", 12,
         [(rate("otpost_circuit_opened_total", WHERE, "provider"), "opened {{provider}}"),
          (rate("otpost_circuit_refused_total", WHERE, "provider"), "refused {{provider}}")]),
        ("timeseries", "Rate limit of a provider", "The wait for the limit, and messages that would have waited too long.", "s",
         12, [(quantile(0.95, "otpost_throttle_wait", "provider"), "wait {{provider}}, 95 %"),
              (rate("otpost_throttle_refused_total", WHERE, "provider"), "refused {{provider}} per second")]),
    ]),
    ("Challenges", [
        ("timeseries", "Codes requested, by result", "Everything but `accepted`, `queued` and `unneeded` is a refusal.", "cps", 8,
         [(rate("otpost_issues_total", JOB, "result"), "{{result}}")]),
        ("timeseries", "Codes requested again, by result", "`cooldown` means that a user was too early.", "cps", 8,
         [(rate("otpost_resends_total", JOB, "result"), "{{result}}")]),
        ("timeseries", "Codes checked, by verdict", "Many `gone` mean that messages arrive too late.", "cps", 8,
         [(rate("otpost_verdicts_total", JOB, "verdict"), "{{verdict}}")]),
    ]),
    ("Delivery reports", [
        ("timeseries", "Reports by status", "Only for applications with a delivery log.", "cps", 12,
         [(rate("otpost_reports_total", WHERE, "provider, region, status"), "{{provider}} {{region}}: {{status}}")]),
        ("timeseries", "Time to the phone, 95 %", "From the acceptance of a message to the report that it was delivered.", "s",
         12, [(quantile(0.95, "otpost_delivery_duration", "provider, region"), "{{provider}} {{region}}")]),
    ]),
    ("Stores and workers", [
        ("timeseries", "Failures of the store", "Each failed operation.", "cps", 12,
         [(rate("otpost_store_failures_total", JOB, "error_type"), "{{error_type}}")]),
        ("timeseries", "Steps of the workers", "Only for applications with an outbox.", "cps", 12,
         [(rate("otpost_worker_steps_total", JOB, "step"), "{{step}}")]),
    ]),
]


def target(expression, legend, number):
    return {
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "editorMode": "code",
        "expr": expression,
        "legendFormat": legend or "__auto",
        "range": True,
        "refId": chr(ord("A") + number),
    }


def panel(kind, title, description, unit, width, targets, x, y, number):
    options = {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "none", "graphMode": "area"}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "description": description,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": x, "y": y, "w": width, "h": 4 if kind == "stat" else HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": options,
        "targets": [target(expression, legend, at) for at, (expression, legend) in enumerate(targets)],
    }


def panels():
    made, y, number = [], 0, 1
    for title, row in ROWS:
        made.append({"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
                     "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        x, y, number, height = 0, y + 1, number + 1, 0
        for kind, name, description, unit, width, targets in row:
            if x + width > COLUMNS:
                x, y = 0, y + height
            made.append(panel(kind, name, description, unit, width, targets, x, y, number))
            height = made[-1]["gridPos"]["h"]
            x, number = x + width, number + 1
        y += height
    return made


def variable(name, label):
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": f"label_values(otpost_sends_total, {name})", "refId": name},
        "refresh": 2,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
        "sort": 1,
    }


def dashboard():
    source = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}}
    return {
        "uid": "otpost",
        "title": "otpost: one-time codes",
        "description": "Messages, providers, challenges and stores of otpost.",
        "tags": ["otpost"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": [source, variable("job", "Job"), variable("provider", "Provider")]},
        "annotations": {"list": []},
        "panels": panels(),
    }


print(json.dumps(dashboard(), indent=2, ensure_ascii=False))
