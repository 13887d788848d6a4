"""junit.xml: the verdicts as CI servers read them."""

from __future__ import annotations

import math
import re

# only written here, never parsed
import xml.etree.ElementTree as ET
from collections import defaultdict

from mnistreport.conformance import Conformance, failure
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.formats import figure, interval
from mnistreport.results import Results
from mnistreport.verdict import Judgement, Verdict

#: Everything that XML 1.0 cannot hold, escaped or not.
_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Results) -> str:
    """One suite for each family of experiments, one case for each metric; one for the drift.

    A metric out of its range is a failure, a training that crashed an error, one without a range
    skipped with its reason; a warning passes and is told in the case's output.
    """
    families: dict[str, list[Findings]] = defaultdict(list)
    for item in by_experiment(results):
        families[item.experiment.name.partition("/")[0]].append(item)
    root = ET.Element("testsuites", name="mnistreport")
    for family, found in families.items():
        root.append(_suite(family, found, results))
    if results.drift:
        root.append(_drift(results))
    if results.conformance is not None:
        root.append(_rules(results.conformance))
    _add_counts(root, list(root.iter("testcase")))
    # of all counts the one that the schema gives to suites alone
    del root.attrib["skipped"]
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _drift(results: Results) -> ET.Element:
    suite = _empty_suite("all experiments", results)
    for drift in results.drift:
        name = f"drift of {drift.metric}"
        case = ET.SubElement(suite, "testcase", classname="all experiments", name=name, time="0")
        if told := str(drift.reason):
            ET.SubElement(case, "failure", message=told, type="drift").text = told
    _add_counts(suite, list(suite.iter("testcase")))
    return suite


def _empty_suite(name: str, results: Results) -> ET.Element:
    suite = ET.Element("testsuite", name=_valid(name))
    # JUnit's schema has no place for the offset, which is UTC's
    suite.set("timestamp", _valid(results.created).removesuffix("Z").removesuffix("+00:00"))
    properties = ET.SubElement(suite, "properties")
    told = {"profile": results.profile, "dataset": results.dataset.name}
    for key, value in told.items():
        ET.SubElement(properties, "property", name=key, value=_valid(value))
    return suite


def _suite(family: str, found: list[Findings], results: Results) -> ET.Element:
    suite = _empty_suite(family, results)
    for item in found:
        # the time of a training counts once, in its first case
        untold = {run.seed: run.seconds for run in item.runs}
        for verdict in item.verdicts:
            suite.append(_case(verdict, sum(untold.pop(seed, 0.0) for seed in verdict.seeds)))
    _add_counts(suite, list(suite.iter("testcase")))
    return suite


def _rules(conformance: Conformance) -> ET.Element:
    """The suite of Keras' rules, one case for each."""
    suite = ET.Element("testsuite", name="conformance")
    for finding in conformance.findings:
        case = ET.SubElement(
            suite, "testcase", classname="conformance", name=_valid(finding.rule), time="0.000"
        )
        if not finding.agrees:
            told = _valid(str(failure(finding)))
            ET.SubElement(case, "failure", message=told, type="does not conform").text = told
    _add_counts(suite, list(suite))
    return suite


def _case(verdict: Verdict, seconds: float) -> ET.Element:
    case = ET.Element("testcase", classname=_valid(verdict.experiment), name=_valid(verdict.metric))
    case.set("time", f"{seconds if math.isfinite(seconds) else 0.0:.3f}")
    told = _valid(str(verdict.reason))
    if verdict.verdict is Judgement.FAIL:
        kind = "diverged" if verdict.value is None else "out of range"
        ET.SubElement(case, "failure", message=told, type=kind).text = _valid(_detail(verdict))
    elif verdict.verdict is Judgement.ERROR:
        ET.SubElement(case, "error", message=told, type="error").text = told
    elif verdict.verdict is Judgement.NO_REFERENCE:
        ET.SubElement(case, "skipped", message=told)
    elif verdict.verdict is Judgement.WARN:
        ET.SubElement(case, "system-out").text = f"warning: {told}"
    elif told:
        ET.SubElement(case, "system-out").text = told
    return case


def _detail(verdict: Verdict) -> str:
    if verdict.value is None:
        return str(verdict.reason)
    value = figure(verdict.metric, verdict.value)
    bounds = interval(verdict.metric, verdict.low, verdict.high)
    return f"{verdict.metric} {value}, range {bounds}: {verdict.reason}"


def _add_counts(element: ET.Element, cases: list[ET.Element]) -> None:
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _valid(text: str) -> str:
    return _INVALID.sub("", text)
