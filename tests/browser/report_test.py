# SPDX-License-Identifier: MIT
"""Reports of real runs in a real browser: report_test.py HEAPMARK CHROMEDRIVER FOLDER [TEST...]"""

import os
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(__file__))
from browser import Browser  # noqa: E402
import runs  # noqa: E402

HEAPMARK, CHROMEDRIVER, FOLDER = sys.argv[1:4]
WORK = "binary-trees:depth=8,iterations=40"
HOSTILE = "<b><script>alert(1)<b>"


def path(name):
    return os.path.join(FOLDER, name)


def make_pages():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    runs.run(HEAPMARK, path("one.db"), "-c", "mark-sweep", "-w", WORK, "-n", "2")
    # Twelve collectors, among them one whose name is markup; a heap that is too small for some, a
    # workload that reference counts leak in, and figures that some do not have.
    many = [f"{HOSTILE}=none", "mark-sweep", "semispace", "refcount", "refcount-cycles"]
    many += [f"{'abcdefg'[i]}={('mark-sweep', 'refcount')[i % 2]}" for i in range(7)]
    runs.run(HEAPMARK, path("twelve.db"), "-c", ",".join(many), "-w", WORK + ",rings:rounds=300", "-t", "1,2",
             "--heap", "4MiB,8MiB", "-n", "1")
    shutil.copy(path("twelve.db"), path("large.db"))
    runs.multiply(path("large.db"), 10000)
    runs.heap_map(HEAPMARK, path("heap.svg"), "-c", "mark-sweep", "-w", WORK, "--heap", "2MiB")
    with open(path("heap.svg")) as honest, open(path("forged.svg"), "w") as forged:
        forged.write(honest.read().replace("</svg>", "<script>alert(1)</script><image href='http://localhost/x.png'/></svg>"))
    for name in ("twelve", "large"):
        runs.report(HEAPMARK, path(name + ".db"), path(name + ".html"))
    runs.report(HEAPMARK, path("one.db"), path("one.html"), "--heap-map", path("heap.svg"), "--heap-map", path("forged.svg"))


def query(name, sql, *values):
    with sqlite3.connect(path(name + ".db")) as connection:
        return connection.execute(sql, values).fetchall()


def open_page(browser, name):
    browser.requested()
    browser.open(path(name + ".html"))
    browser.wait("document.documentElement.dataset.live !== undefined")


def assert_quiet(browser, name):
    """Nothing on the console, and nothing asked for but the page itself."""
    complaints = browser.logged()
    assert complaints == [], complaints
    asked = [address for address in browser.requested() if not address.startswith(("data:", "chrome:"))]
    assert [os.path.basename(address) for address in asked] == [name + ".html"], asked


def cells(browser):
    return browser.run("return [...document.querySelectorAll('.points tbody tr')].filter((r) => !r.hidden).length")


def one_collector():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "one")
        browser.wait("document.querySelector('figure .echart svg path') !== null")
        assert browser.run("return document.querySelectorAll('#filters fieldset').length") == 0
        # A chart is drawn, and the static picture gives way to it.
        assert browser.run("return getComputedStyle(document.querySelector('.live .plot')).display") == "none"
        assert_quiet(browser, "one")


def heap_maps_are_shown():
    """As images: what one of them would run or load is not."""
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "one")
        sizes = browser.run("return [...document.querySelectorAll('img.book')].map((i) => [i.complete, i.naturalWidth])")
        assert len(sizes) == 2 and all(done and width > 500 for done, width in sizes), sizes
        assert_quiet(browser, "one")


def questions_lead_to_their_charts():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "twelve")
        missing = browser.run("return [...document.querySelectorAll('nav a, .within a')].map((a) => a.getAttribute('href'))"
                              ".filter((href) => !document.querySelector(href))")
        assert missing == [], missing
        asked = browser.run("return [...document.querySelectorAll('h2')].map((h) => h.textContent)")
        assert len(asked) == 6 and all(words.endswith("?") for words in asked), asked
        # Scatters and stacks are drawn as they come near, each mark and each part.
        for section in ("space", "cpu"):
            browser.run("document.getElementById(arguments[0]).scrollIntoView()", section)
            chart = f"document.querySelector('#{section}').closest('section').querySelector('figure')"
            browser.wait(f"{chart}.querySelectorAll('.echart svg path').length > 12")
            words = browser.run(f"return {chart}.querySelector('.echart').textContent")
            assert "memory grown by" in words if section == "space" else "CPU time of all threads" in words, words
        # A chart of several heaps stays while one of them is shown, and goes with its workload.
        hidden = "return [...document.querySelectorAll('#space ~ .panels figure')].filter((f) => f.hidden).length"
        browser.run("scrollTo(0, 0)")
        browser.click(".filters summary")
        browser.click("#filters input[name=heap][value='4 MiB']")
        assert browser.run(hidden) == 0
        browser.click("#filters input[name=workload][value='rings']")
        assert browser.run(hidden) == 2
        assert_quiet(browser, "twelve")


def filters_leave_what_they_say():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "twelve")
        points = query("twelve", "SELECT count(*) FROM (SELECT DISTINCT collector_label, workload, threads, heap_bytes"
                                 " FROM trials)")[0][0]
        assert cells(browser) == points == 12 * 2 * 2 * 2, (cells(browser), points)
        browser.click(".filters summary")
        browser.click("#filters input[name=collector][value='mark-sweep']")
        assert cells(browser) == 11 * 8
        browser.click("#filters input[name=workload][value='rings']")
        assert cells(browser) == 11 * 4
        browser.click("#filters input[name=threads][value='2']")
        browser.click("#filters input[name=heap][value='4 MiB']")
        assert cells(browser) == 11
        said = browser.run("return document.getElementById('shown').textContent")
        assert said == f"11 of {points} cells are shown.", said
        # The charts follow: a row for the one workload and heap, no mark of the collector.
        browser.wait("!document.querySelector('figure .echart').textContent.includes('rings')")
        assert "mark-sweep" not in browser.run(
            "return [...document.querySelectorAll('.legend')].map((l) => l.innerText).join()").split(",")[0].split("\n")
        shown = browser.run("return [...document.querySelectorAll('.heat th[data-column]')].filter((h) => !h.hidden)"
                            ".map((h) => h.textContent)")
        assert len(shown) == 11 and "mark-sweep" not in shown, shown
        browser.click("#filters button[type=reset]")
        browser.wait("document.getElementById('shown').textContent.startsWith('All ')")
        assert cells(browser) == points
        assert_quiet(browser, "twelve")


def names_stay_text():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "twelve")
        assert browser.run("return document.querySelectorAll('.points b, .legend b, script:not([type])').length") == 2
        assert browser.run("return heapmark.collectors.includes(arguments[0])", HOSTILE)
        legend = browser.run("return document.querySelector('.legend').textContent")
        assert HOSTILE in legend, legend
        # Also where a chart tells of a mark.
        browser.run("document.querySelector('figure .echart').scrollIntoView({block: 'center'})")
        browser.wait("document.querySelector('figure .echart svg path') !== null")
        assert_quiet(browser, "twelve")


def tables_sort_by_what_they_show():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "twelve")
        column = browser.run("return [...document.querySelectorAll('.points th button')]"
                             ".findIndex((b) => b.textContent === 'Time')")
        assert column >= 0
        read = ("return [...document.querySelectorAll('.points tbody tr')].map((r) => [heapmark.points[r.dataset.point],"
                " heapmark.collectors[r.dataset.collector], r.cells[arguments[0]].textContent])")
        truth = {}
        for label, workload, threads, heap, ns in query(
                "twelve", "SELECT collector_label, workload, threads, heap_bytes, wall_ns FROM trials"
                          " WHERE outcome = 'ok'"):
            truth[label, workload, threads, f"{heap >> 20} MiB"] = ns
        for direction in (1, -1):
            browser.run("[...document.querySelectorAll('.points th button')][arguments[0]].click()", column)
            rows = browser.run(read, column)
            times = [truth.get((label, point["workload"], point["threads"], point["heap"]))
                     for point, label, _ in rows]
            known = [time for time in times if time is not None]
            assert len(known) == len(truth)
            # Shown are three digits, so that order is as exact as those: 1 in 100 where they begin with 100.
            for a, b in zip(known, known[1:]):
                assert direction * (b - a) >= -0.01 * max(a, b), (a, b)
            # What has no time comes last both ways.
            assert all(time is None for time in times[len(known):])
        sorted_by = browser.run("return document.querySelectorAll('.points th')[arguments[0]].ariaSort", column)
        assert sorted_by == "descending", sorted_by
        assert_quiet(browser, "twelve")


def points_lead_to_their_trials():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "one")
        stored = query("one", "SELECT wall_ns, command FROM trials ORDER BY block")
        told = browser.run("return heapmark.cells[0].trials.map((t) => t[3])")
        for (ns, _), value in zip(stored, told):
            assert abs(value - ns) <= ns * 1e-4, (value, ns)
        # What comes near is laid out then, and moves what is below it.
        browser.run("document.querySelector('.points button.trials').scrollIntoView({block: 'center'})")
        browser.wait("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        browser.click(".points button.trials")
        browser.wait("document.querySelector('dialog').open")
        assert browser.run("return document.querySelectorAll('dialog tbody tr').length") == 2
        command = browser.run("return document.querySelector('dialog pre').textContent")
        assert command == stored[0][1], command
        browser.run("document.querySelector('dialog button').focus()")
        browser.keys("dialog button", "\ue00c")  # Escape
        browser.wait("!document.querySelector('dialog').open")
        assert_quiet(browser, "one")


def ten_thousand_trials():
    size = os.path.getsize(path("large.html"))
    assert size < 2_000_000, size
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "large")
        assert browser.run("return heapmark.cells.reduce((n, c) => n + c.trials.length, 0)") == 10000
        ready = browser.run("return Math.round(performance.getEntriesByName('heapmark-live')[0].startTime)")
        print(f"10,000 trials: {size} bytes, interactive after {ready} ms")
        before = browser.run("return document.getElementById('shown').textContent")
        browser.click(".filters summary")
        browser.click("#filters input[name=collector][value='mark-sweep']")
        assert browser.run("return document.getElementById('shown').textContent") != before
        assert_quiet(browser, "large")


def without_script_the_page_is_whole():
    with Browser(CHROMEDRIVER, javascript=False) as browser:
        browser.open(path("twelve.html"))
        # The driver's own scripts still run.
        assert browser.run("return document.documentElement.dataset.live") is None
        assert browser.run("return [...document.querySelectorAll('.plot.for-wide')].some((p) => p.checkVisibility())")
        assert browser.run("return document.querySelector('.points tbody').rows.length") == 96


def narrow_and_dark():
    with Browser(CHROMEDRIVER) as browser:
        open_page(browser, "twelve")
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = browser.run(ground)
        ink = "document.querySelector('figure .echart svg text').getAttribute('fill')"
        browser.wait(ink + " !== null")
        light_ink = browser.run("return " + ink)
        browser.emulate(prefers_color_scheme="dark")
        assert browser.run(ground) != light
        browser.wait(ink + " !== arguments[0]", light_ink)
        browser.screenshot(path("dark.png"))
        browser.emulate(prefers_color_scheme="light")
        browser.screenshot(path("light.png"))
        browser.resize(390, 844)
        browser.wait("innerWidth === 390")
        # Charts follow in the next frame.
        browser.wait("document.documentElement.scrollWidth <= innerWidth")
        wide = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], wide
        browser.screenshot(path("narrow.png"))
        assert_quiet(browser, "twelve")


TESTS = [one_collector, heap_maps_are_shown, questions_lead_to_their_charts, filters_leave_what_they_say, names_stay_text, tables_sort_by_what_they_show,
         points_lead_to_their_trials, ten_thousand_trials, without_script_the_page_is_whole, narrow_and_dark]

if __name__ == "__main__":
    make_pages()
    wanted, failed = sys.argv[4:], 0
    for test in TESTS:
        if wanted and test.__name__ not in wanted:
            continue
        try:
            test()
            print(f"ok      {test.__name__}")
        except (AssertionError, RuntimeError) as error:
            failed += 1
            print(f"FAILED  {test.__name__}: {error!r}")
    sys.exit(1 if failed else 0)
