//! Converts `[reports]` into the tree that is written as TOML.

use super::report_answer::AnswerToReport;
use super::report_rule::{ReportConditions, ReportThen};
use super::report_time::ReportTimeSpec;
use super::write_report_auth::report_auth;
use super::write_rule::{conditions, places};
use super::write_value::{Table, plain, some, text};
use super::{ExpectedReport, ReportExample, ReportRequest, ReportRule, ReportsSpec};
use crate::gateway::spec::Tree;

pub(super) fn reports(spec: &ReportsSpec) -> Tree {
    // Without `..`, the compiler reports a new field that is not written.
    let ReportsSpec {
        method,
        body,
        document,
        each,
        message_id,
        reference,
        status,
        code,
        at,
        answer,
        auth,
        statuses,
        rule,
        example,
    } = spec;
    let statuses = statuses.iter().map(|(status, words)| {
        (status.to_string(), Tree::Array(words.iter().map(|word| text(&word.0)).collect()))
    });
    Table::default()
        .with_filled("method", Tree::Array(method.iter().map(text).collect()))
        .with_some("body", body.map(text))
        .with_some("document", some(document.as_ref()))
        .with_some("each", some(each.as_ref()))
        .with_some("message_id", places(message_id))
        .with_some("reference", places(reference))
        .with_some("status", places(status))
        .with_some("code", places(code))
        .with_some("at", at.as_ref().map(time))
        .with_some("answer", answer.as_ref().map(answer_to_report))
        .with("auth", report_auth(auth))
        .with_filled("statuses", Tree::Object(statuses.collect()))
        .with_filled("rule", Tree::Array(rule.iter().map(report_rule).collect()))
        .with_filled("example", Tree::Array(example.iter().map(report_example).collect()))
        .done()
}

fn time(time: &ReportTimeSpec) -> Tree {
    let ReportTimeSpec { at, unit, format } = time;
    Table::default()
        .with("at", text(at))
        .with_some("unit", unit.map(|unit| text(unit.word())))
        .with_some("format", some(format.as_ref()))
        .done()
}

fn answer_to_report(answer: &AnswerToReport) -> Tree {
    let AnswerToReport { status, content_type, body } = answer;
    Table::default()
        .with("status", Tree::Int((*status).into()))
        .with_some("content_type", some(content_type.as_ref()))
        .with_some("body", Some(body).filter(|body| !body.is_empty()).map(text))
        .done()
}

fn report_rule(rule: &ReportRule) -> Tree {
    let ReportConditions { header, query, json, form, xml } = &rule.when;
    let when = Table::default()
        .with_filled("header", conditions(header))
        .with_filled("query", conditions(query))
        .with_filled("json", conditions(json))
        .with_filled("form", conditions(form))
        .with_filled("xml", conditions(xml));
    let ReportThen { status } = &rule.then;
    let then = Table::default().with("status", text(status));
    Table::default().with("when", when.done()).with("then", then.done()).done()
}

fn report_example(example: &ReportExample) -> Tree {
    let ReportRequest { method, url, headers, body } = &example.request;
    let request = Table::default()
        .with("method", text(method))
        .with("url", text(url))
        .with_filled("headers", plain(headers))
        .with_some("body", Some(body).filter(|body| !body.is_empty()).map(text));
    let expect = example.expect.iter().map(|report| {
        let ExpectedReport { status, message_id, reference, code } = report;
        Table::default()
            .with("status", text(status))
            .with_some("message_id", some(message_id.as_ref()))
            .with_some("reference", some(reference.as_ref()))
            .with_some("code", some(code.as_ref()))
            .done()
    });
    let expect = Tree::Array(expect.collect());
    Table::default().with("request", request.done()).with("expect", expect).done()
}
