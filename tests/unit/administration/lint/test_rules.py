"""Each rule finds its bad example, and nothing is found in the good one; other cases of a rule stand here."""

from __future__ import annotations

import textwrap

import pytest

from arcapix.fs.gpfs.administration.lint.linter import lint_text
from arcapix.fs.gpfs.administration.lint.of_state import ALIKE
from arcapix.fs.gpfs.administration.lint.rules import RULES, Rule
from arcapix.fs.gpfs.capture.refused import REMEDIES_BY_NAME

BEGINNING = """
import functools, logging, os, subprocess, sys, threading, time
from pathlib import Path
from arcapix.fs.gpfs import Callback, Cluster, Event, Filesystem, IndependentFileset, Node, Pool, Run
"""


def found(text: str) -> list[str]:
    """The codes and messages for a text behind the usual imports."""
    report = lint_text((BEGINNING + textwrap.dedent(text)).encode(), "handlers.py")
    return [f"{one.code} {one.message}" for one in report.findings]


def in_handler(body: str, beginning: str = "", parameters: str = "fsName") -> list[str]:
    """The same for the body of a handler."""
    body = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    install = "Cluster().onMount.new('note', note)"
    return found(f"{textwrap.dedent(beginning)}\ndef note({parameters}):\n{body}\n\n{install}\n")


def by_code(rule: Rule) -> str:
    return rule.code


@pytest.mark.parametrize("rule", RULES, ids=by_code)
def test_a_rule_finds_its_bad_example_alone(rule):
    assert {one.code for one in lint_text(rule.bad.encode(), "bad.py").findings} == {rule.code}


@pytest.mark.parametrize("rule", RULES, ids=by_code)
def test_nothing_is_found_in_the_good_example_of_a_rule(rule):
    assert lint_text(rule.good.encode(), "good.py").findings == ()
    assert lint_text(rule.good.encode(), "good.py").handlers


def test_no_two_rules_have_the_same_code_and_all_stand_in_their_order():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


def test_a_misspelt_event_is_found_by_attribute_and_by_name():
    assert found("Filesystem('x').onMout.new('a', print)") == ["GP101 Filesystem has no onMout"]
    assert found("Cluster().callbacks.new('a', print, ['mount', 'umount'])") == [
        "GP101 no event 'umount' is known"
    ]
    assert found("Callback('a', print, 'Mount, unmont')") == ["GP101 no event 'unmont' is known"]
    assert found("Cluster().callbacks.new('a', print, event='MOUNT')") == []


@pytest.mark.parametrize(
    ("owner", "event", "is_wrong"),
    [
        ("Pool('x', 'y')", "onMount", True),
        ("Pool('x', 'y')", "onLowDiskSpace", False),
        ("IndependentFileset('x', 'y')", "onMount", True),
        ("IndependentFileset('x', 'y')", "onSoftQuotaExceeded", False),
        ("Filesystem('x')", "onStartup", True),
        ("Node('x')", "onStartup", False),
        ("Filesystem('x').pools['y']", "onMount", True),
        ("thing", "onMount", False),
        ("someone_else()", "onStartup", False),
    ],
)
def test_an_object_that_does_not_offer_an_event_is_found_where_its_class_can_be_told(owner, event, is_wrong):
    text = f"thing = Pool('x', 'y')\n{owner}.{event}.new('a', print)"
    assert bool(found(text)) == (is_wrong or owner == "thing")
    by_name = f"{event[2].lower()}{event[3:]}"
    wrong = found(f"thing = Pool('x', 'y')\n{owner}.callbacks.new('a', print, {by_name!r})")
    assert bool(wrong) == (is_wrong or owner == "thing")


@pytest.mark.parametrize(
    "install",
    [
        "Cluster().onMount.new(f)",
        "Cluster().onMount.new('id', f)",
        "Cluster().onMount.new(command=f)",
        "Cluster().onMount.define('id', f)",
        "Cluster().callbacks.new(f, 'mount')",
        "Cluster().callbacks.new('id', f, ['mount'])",
        "Callback('id', f, 'mount')",
        "Callback(command=f, event='mount')",
        "cb = name = 'id'\nCluster().onMount.new(name, f)",
    ],
)
def test_the_function_is_found_in_every_form_of_the_call(install):
    (said,) = found(f"def f(x):\n    print(x)\n\n{install}")
    assert said == "GP103 cannot install 'f': parameter 'x' gets no value"


@pytest.mark.parametrize(
    ("function", "arguments", "says"),
    [
        ("def f(eventName, x): pass", "parms=['a']", ""),
        ("def f(eventName, x): pass", "parms={'x': 1}", ""),
        ("def f(x=1, *args, **kw): pass", "", ""),
        ("def f(event, fsName): pass", "", ""),
        ("def f(e: Event): pass", "", ""),
        ("def f(e: 'Event'): pass", "", ""),
        ("def f(fsName): pass", "parms=['a']", "parms entry 'a' is left over"),
        ("def f(*, k): pass", "", "parameter 'k' gets no value"),
        ("def f(a, /): pass", "parm=['%fsNam']", "%fsNam"),
        ("def f(x): pass", "parms=made()", ""),
        ("def f(x): pass", "**options", ""),
        ("@decorated\ndef f(x): pass", "", ""),
    ],
)
def test_parameters_are_bound_as_at_installation_as_far_as_parms_are_written(function, arguments, says):
    said = found(f"{function}\n\nCluster().onMount.new('id', f, {arguments})")
    assert (says in said[0] and said[0].startswith("GP103")) if says else said == []


def test_of_several_functions_of_a_name_the_one_before_the_call_counts():
    assert (
        found(
            """
        def f(fsName): pass
        Cluster().onMount.new(f)
        def f(x): pass
        """
        )
        == []
    )


def test_lambdas_are_handlers_and_what_a_partial_holds_is_one_but_for_its_parameters():
    assert found("Cluster().onMount.new('id', lambda x: 1)")[0].startswith("GP103 cannot install '<lambda>'")
    text = "def f(x):\n    os.system(f'echo {x}')\n\nCluster().onMount.new('id', functools.partial(f, 1))"
    assert [one[:5] for one in found(text)] == ["GP401"]


def test_a_function_whose_parameters_are_variables_is_a_handler_without_being_installed():
    assert found("def f(fsName, event, x=1):\n    print(sys.argv, fsName)")
    assert found("def f(path):\n    print(sys.argv)") == []
    assert found("def f(fsName, path):\n    print(sys.argv)") == []


def test_functions_that_a_handler_uses_are_read_too_and_others_are_not():
    said = in_handler(
        "helper()", beginning="def helper():\n    os.system(sys.argv[1])\ndef other():\n    sys.argv"
    )
    assert [one[:5] for one in said] == ["GP401", "GP301"] or [one[:5] for one in said] == ["GP301", "GP401"]


def test_what_the_file_does_itself_is_no_concern():
    assert found("print(sys.argv, os.environ['X'], open('x'))\nos.chdir('x')\ninput()") == []


@pytest.mark.parametrize(
    ("value", "travels"),
    [
        ("threading.Lock()", False),
        ("threading.Thread(target=print)", False),
        ("subprocess.Popen(['x'])", False),
        ("(x for x in [1])", False),
        ("psycopg2.connect('x')", False),
        ("[1, 2]", True),
        ("Path('/x')", True),
        ("made()", True),
        ("logging.getLogger('x')", True),
    ],
)
def test_values_that_a_handler_reads_are_looked_at_as_capturing_does(value, travels):
    said = in_handler("print(thing)", beginning=f"import psycopg2\nthing = {value}")
    assert said == [] if travels else said[0].startswith("GP201 reads thing, which is ")
    assert in_handler("print(fsName)", beginning=f"import psycopg2\nthing = {value}") == []
    assert in_handler("thing = 1\nprint(thing)", beginning=f"import psycopg2\nthing = {value}") == []


def test_what_is_like_a_class_that_cannot_travel_is_like_one_that_the_capture_knows():
    known = {f"{module}.{name}" for module, names, _ in REMEDIES_BY_NAME for name in names}
    assert known.issuperset(ALIKE.values())


def test_a_file_that_is_opened_around_the_installation_cannot_travel():
    assert found("with open('/x') as file:\n    Cluster().onMount.new('a', lambda: file.read())")[
        0
    ].startswith("GP201")


@pytest.mark.parametrize(
    ("body", "beginning", "is_secret"),
    [
        ("print(api_key)", "api_key = 'abc'", True),
        ("print(api_key)", "api_key = os.environ['X']", False),
        ("print(1)", "api_key = 'abc'", False),
        ("print(password_file)", "password_file = '/etc/x'", False),
        ("login(password='abc')", "", True),
        ("login({'token': 'abc'})", "", True),
        ("login(user='abc')", "", False),
    ],
)
def test_secrets_are_found_by_their_names_where_a_text_is_written(body, beginning, is_secret):
    assert [one[:5] for one in in_handler(body, beginning)] == (["GP202"] if is_secret else [])


@pytest.mark.parametrize(
    ("body", "beginning", "changes"),
    [
        ("seen.append(fsName)", "seen = []", True),
        ("seen[fsName] = 1", "seen = dict()", True),
        ("del seen[fsName]", "seen = {'a': 1}", True),
        ("print(seen[fsName])", "seen = {'a': 1}", False),
        ("seen = []\nseen.append(fsName)", "seen = []", False),
        ("thing.update(1)", "thing = made()", False),
    ],
)
def test_a_global_that_is_changed_is_forgotten(body, beginning, changes):
    assert [one[:5] for one in in_handler(body, beginning)] == (["GP203"] if changes else [])


@pytest.mark.parametrize(
    ("beginning", "stays"),
    [
        ("logging.basicConfig(level='INFO')", False),
        ("logging.basicConfig(handlers=[1])", True),
        ("import logging.config\nlogging.config.dictConfig({})", True),
        ("log.addHandler(logging.FileHandler('/x'))", True),
        ("h = logging.FileHandler('/x')\nlog.addHandler(h)", True),
        ("log.addHandler(logging.StreamHandler())", False),
    ],
)
def test_handlers_of_loggers_stay_behind_unless_they_write_to_a_stream(beginning, stays):
    said = in_handler("log.info(fsName)", f"log = logging.getLogger('x')\n{beginning}")
    assert [one[:5] for one in said] == (["GP204"] if stays else [])
    assert in_handler("print(fsName)", f"log = logging.getLogger('x')\n{beginning}") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("print(os.environ['X'])", "GP302"),
        ("print(os.getenv('X'))", "GP302"),
        ("print('X' in os.environ)", "GP302"),
        ("print(os.environ['PATH'], os.environ['ARCAPIX_GPFS_DRILL'])", ""),
        ("os.environ['X'] = '1'\nprint(os.environ['X'])", ""),
        ("Path('x').read_text()", "GP303"),
        ("print(os.getcwd())", "GP303"),
        ("subprocess.run(['./x'])", "GP303"),
        ("subprocess.run(['x'], cwd='data')", "GP303"),
        ("subprocess.run(['x'], cwd='/data')", ""),
        ("Path('/x') / 'y'", ""),
        ("sys.stdin.read()", "GP304"),
        ("os.system('uptime')", ""),
        ("os.system('logger ' + fsName)", "GP401"),
        ("subprocess.run('a %s' % fsName, shell=True)", "GP401"),
        ("subprocess.run('a', shell=True)", ""),
        ("subprocess.run(['a', fsName])", ""),
        ("subprocess.getoutput(cmd=f'a {fsName}')", "GP401"),
        ("time.sleep(31)", "GP403"),
        ("time.sleep(30)", ""),
        ("try:\n    x()\nexcept Exception:\n    pass", "GP404"),
        ("try:\n    x()\nexcept Exception:\n    return None", "GP404"),
        ("try:\n    x()\nexcept Exception as e:\n    print(e)", ""),
        ("try:\n    x()\nexcept OSError:\n    pass", ""),
        ("try:\n    x()\nexcept:\n    raise", ""),
        ("subprocess.Popen(['x'])", "GP405"),
        ("p = subprocess.Popen(['x'])\np.wait()", ""),
        ("os.fork()", "GP405"),
        ("threading.Thread(target=x).start()", ""),
    ],
)
def test_habits(body, code):
    assert [one[:5] for one in in_handler(body)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("call", "waits"),
    [
        ("requests.get('x')", True),
        ("requests.get('x', timeout=3)", False),
        ("requests.Session().post('x')", True),
        ("requests.get('x', **options)", False),
        ("smtplib.SMTP('x', 25)", True),
        ("smtplib.SMTP('x', 25, None, 30)", False),
        ("socket.create_connection(('x', 1), 5)", False),
        ("socket.create_connection(('x', 1))", True),
        ("http.client.HTTPSConnection('x')", True),
        ("urllib.request.urlopen(*words)", False),
    ],
)
def test_network_calls_need_a_time_limit(call, waits):
    imports = "import http.client, requests, smtplib, socket, urllib.request"
    assert [one[:5] for one in in_handler(call, imports)] == (["GP402"] if waits else [])


def test_values_that_users_choose_are_named_where_a_shell_gets_them():
    said = in_handler("os.system(f'a {filesetName} {myNode}')", parameters="filesetName, myNode")
    assert "GP401 os.system starts a shell that is given filesetName, which users choose" in said


def test_run_options_name_variables_that_an_event_has():
    text = "def f():\n    print(os.environ['X'])\n\nCluster().onMount.new(f, run=Run(env={'X': '1'}))"
    assert found(text) == []


@pytest.mark.parametrize(
    ("event", "body", "asks"),
    [
        ("onShutdown", "subprocess.run(['mmlscluster'])", True),
        ("onShutdown", "Filesystem('x').mounts", True),
        ("onQuorumLoss", "os.system('/usr/lpp/mmfs/bin/mmgetstate')", True),
        ("onStartup", "subprocess.run(['mmlscluster'])", False),
        ("onShutdown", "subprocess.run(['logger', 'x'])", False),
    ],
)
def test_gpfs_is_not_asked_where_the_event_says_that_it_is_down(event, body, asks):
    said = found(f"def f():\n    {body}\n\nCluster().{event}.new(f)")
    assert [one[:5] for one in said] == (["GP406"] if asks else [])


def test_a_file_without_the_package_has_handlers_by_their_parameters_alone():
    report = lint_text(
        b"button.onClick.new(handler)\ndef handler(x):\n    pass\ndef f(fsName):\n    pass", "x.py"
    )
    assert (report.findings, report.handlers) == ((), 1)
