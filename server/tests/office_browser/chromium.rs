//! A real Chromium without a window, driven through WebDriver (W3C): JSON over HTTP to the browser's own driver.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// How wide a desk's screen is, and how high.
pub const DESK: (u32, u32) = (1280, 900);

/// A browser with one page, a profile of its own and nothing in it.
pub struct Chromium {
    driver: Child,
    /// The session's address at the driver.
    session: String,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts one; `None` where this machine has none, and one line says so. With `OFFICE_BROWSER=required` that is a failure.
    pub fn start() -> Option<Chromium> {
        let driver = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        match driver {
            Ok(driver) => Some(Chromium::with(driver)),
            Err(error) => {
                let line =
                    format!("skipped, no Chromium here (chromium, chromium-driver): {error}");
                assert!(!required(), "{line}");
                eprintln!("{line}");
                None
            }
        }
    }

    fn with(mut driver: Child) -> Chromium {
        let said = BufReader::new(driver.stdout.take().expect("piped"));
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let base = format!("http://127.0.0.1:{}", port.expect("the driver's port"));
        let profile = tempfile::tempdir().expect("a folder");
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({
            "browserName": "chrome",
            // The server's certificate is of an authority of its own.
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments},
        });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let answer = ask("POST", &format!("{base}/session"), &body);
        let id = answer["sessionId"].as_str().expect("a session");
        let browser = Chromium {
            driver,
            session: format!("{base}/session/{id}"),
            _profile: profile,
        };
        browser.sized(DESK);
        browser
    }

    fn tell(&self, command: &str, body: &Value) -> Value {
        ask("POST", &format!("{}/{command}", self.session), body)
    }

    /// A command of Chromium's own protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.tell("goog/cdp/execute", &body)
    }

    /// Makes the page so many CSS pixels wide and high.
    pub fn sized(&self, (width, height): (u32, u32)) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    pub fn go(&self, url: &str) {
        self.tell("url", &json!({ "url": url }));
    }

    /// Where it is.
    pub fn path(&self) -> String {
        let path = self.run("return location.pathname + location.search", &[]);
        path.as_str().expect("a path").to_owned()
    }

    /// Runs a script in the page, past its policy, as no page can; what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.tell(
            "execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// The same, where the script calls its last argument with the result.
    pub fn run_to_its_end(&self, script: &str, arguments: &[Value]) -> Value {
        self.tell(
            "execute/async",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Presses keys, one after the other.
    pub fn press(&self, keys: &str) {
        let press = |key: char| {
            let stroke = |kind: &str| json!({ "type": kind, "value": key.to_string() });
            [stroke("keyDown"), stroke("keyUp")]
        };
        let strokes: Vec<Value> = keys.chars().flat_map(press).collect();
        let source = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.tell("actions", &json!({ "actions": [source] }));
    }

    /// Presses one key while another is held.
    pub fn press_with(&self, held: char, key: char) {
        let stroke = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let strokes = [
            stroke("keyDown", held),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", held),
        ];
        let source = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.tell("actions", &json!({ "actions": [source] }));
    }

    /// Waits until a script returns something that is true.
    pub fn until(&self, what: &str, script: &str) {
        for _ in 0..240 {
            if self.run(script, &[]) == Value::Bool(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!(
            "{what}, on {}: {}",
            self.path(),
            self.run("return document.body.innerText", &[])
        );
    }

    /// What came to the console since the last look.
    pub fn console(&self) -> Vec<String> {
        let lines = self.tell("se/log", &json!({ "type": "browser" }));
        let lines = lines.as_array().expect("lines").iter();
        let text = |line: &Value| line["message"].as_str().unwrap_or_default().to_owned();
        lines.map(text).collect()
    }

    /// The whole page as PNG, in Base64.
    pub fn picture(&self) -> String {
        let beyond = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.devtools("Page.captureScreenshot", &beyond);
        answer["data"].as_str().expect("a picture").to_owned()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The driver ends the browser with its session; without it the browser would stay.
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        let _ = agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Whether a machine without a browser is a failure.
pub fn required() -> bool {
    std::env::var("OFFICE_BROWSER").is_ok_and(|said| said == "required")
}

/// What the driver answers; it must not be an error.
fn ask(method: &str, url: &str, body: &Value) -> Value {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/json");
    let request = request.body(body.to_string()).expect("a request");
    let mut answer = agent.run(request).expect("the driver");
    let limit = 64 * 1024 * 1024;
    let text = answer
        .body_mut()
        .with_config()
        .limit(limit)
        .read_to_string();
    let text = text.expect("an answer");
    let mut said: Value = serde_json::from_str(&text).expect("JSON");
    assert!(answer.status().is_success(), "{url}: {text}");
    said["value"].take()
}
