# SPDX-License-Identifier: MIT
"""A headless Chromium, by the W3C WebDriver protocol that chromedriver speaks (no library needed)."""

import base64
import json
import os
import subprocess
import urllib.request


class Browser:
    """Closed at the end of a `with` block."""

    def __init__(self, chromedriver, width=1200, height=900, javascript=True):
        self.process = subprocess.Popen(
            [chromedriver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.base = None
        for line in self.process.stdout:
            if "started successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.rstrip(".\n").split()[-1]
                break
        if self.base is None:
            raise RuntimeError("chromedriver did not start")
        arguments = ["--headless", "--force-prefers-reduced-motion", "--disable-gpu", f"--window-size={width},{height}", "--hide-scrollbars"]
        arguments.append("--disable-dev-shm-usage")  # which may be small or missing
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium refuses to have one as root
        options = {"args": arguments}
        if not javascript:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += "/session/" + made["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait()

    def call(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()[:600]}") from None

    def open(self, path):
        self.call("POST", "/url", {"url": "file://" + os.path.abspath(path)})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, *arguments):
        """Until the expression is true; the page tells, by frames and not by a clock."""
        body = "const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);" + (
            "let left = 2000; const look = () => { let got; try { got = (function () { return %s; })"
            ".apply(null, args); } catch (e) { got = false; } if (got || left-- === 0) done(Boolean(got));"
            " else requestAnimationFrame(look); }; look();" % script
        )
        if not self.call("POST", "/execute/async", {"script": body, "args": list(arguments)}):
            raise AssertionError("never true: " + script)

    def find(self, selector):
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click")

    def keys(self, selector, text):
        self.call("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def emulate(self, **features):
        media = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": media}})

    def resize(self, width, height):
        """Of the page, as of a phone: windows cannot be that narrow."""
        self.call(
            "POST",
            "/goog/cdp/execute",
            {
                "cmd": "Emulation.setDeviceMetricsOverride",
                "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
            },
        )

    def logged(self):
        """What the console said: warnings and errors."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    def requested(self):
        """Addresses that the page asked for since the last call."""
        addresses = []
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                addresses.append(message["params"]["request"]["url"])
        return addresses

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))
