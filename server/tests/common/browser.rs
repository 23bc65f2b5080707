//! A browser as the back office needs one: keeps cookies, follows redirections, fills in forms.

use std::collections::BTreeMap;

use meterpost_server::people::factor;

use super::server::Server;

/// A page as it came.
pub struct Page {
    pub status: u16,
    pub path: String,
    pub text: String,
    pub bytes: Vec<u8>,
    pub headers: BTreeMap<String, String>,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status, self.path, self.text)
    }
}

pub struct Browser {
    url: String,
    cookies: BTreeMap<String, String>,
    /// What this browser says of where a request comes from.
    pub site: &'static str,
}

impl Browser {
    pub fn new(server: &Server) -> Browser {
        Browser {
            url: server.url().to_owned(),
            cookies: BTreeMap::new(),
            site: "same-origin",
        }
    }

    /// What it keeps for the session.
    pub fn session(&self) -> Option<&str> {
        self.cookies.get("__Host-office").map(String::as_str)
    }

    pub fn set_session(&mut self, token: &str) {
        self.cookies.insert("__Host-office".into(), token.into());
    }

    pub fn get(&mut self, path: &str) -> Page {
        self.go("GET", path, "")
    }

    /// A form of the page with these fields, and what is hidden in it.
    pub fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let mut all: Vec<(String, String)> = Vec::new();
        for name in ["form", "id"] {
            if let Some(value) = hidden(&page.text, action, name) {
                all.push((name.into(), value));
            }
        }
        all.extend(fields.iter().map(|(n, v)| ((*n).into(), (*v).into())));
        self.post(action, &all)
    }

    pub fn post(&mut self, action: &str, fields: &[(String, String)]) -> Page {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        self.go("POST", action, &pairs.join("&"))
    }

    fn go(&mut self, method: &str, path: &str, body: &str) -> Page {
        let page = self.once(method, path, body);
        match (page.status, page.headers.get("location").cloned()) {
            (303, Some(to)) => self.go("GET", to.split('#').next().unwrap_or("/"), ""),
            _ => page,
        }
    }

    /// A file in a form, beside the session's word.
    pub fn upload(&mut self, path: &str, form: &str, file: &[u8]) -> Page {
        let mut body = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{form}\r\n--cut\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        self.exchange("POST", path, ("multipart/form-data; boundary=cut", body))
    }

    /// The bytes of a file.
    pub fn download(&mut self, path: &str) -> Vec<u8> {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{page:?}");
        page.bytes
    }

    /// Without following.
    pub fn once(&mut self, method: &str, path: &str, body: &str) -> Page {
        let form = "application/x-www-form-urlencoded";
        self.exchange(method, path, (form, body.as_bytes().to_vec()))
    }

    /// Who asks for more than a person can look at waits, as the page says.
    fn exchange(&mut self, method: &str, path: &str, (kind, body): (&str, Vec<u8>)) -> Page {
        loop {
            let page = self.exchange_once(method, path, (kind, body.clone()));
            if page.status != 429 || !page.text.contains("Too many pages") {
                return page;
            }
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    }

    fn exchange_once(&mut self, method: &str, path: &str, (kind, body): (&str, Vec<u8>)) -> Page {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("sec-fetch-site", self.site);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if method == "POST" {
            request = request.header("content-type", kind);
        }
        let mut response = agent
            .run(request.body(body).expect("a request"))
            .expect("an answer");
        let mut headers = BTreeMap::new();
        for (name, value) in response.headers() {
            let value = value.to_str().expect("text").to_owned();
            if name.as_str() == "set-cookie" {
                let (cookie, rest) = value.split_once(';').expect("attributes");
                let (name, kept) = cookie.split_once('=').expect("a cookie");
                match rest.contains("Max-Age=0") {
                    true => self.cookies.remove(name),
                    false => self.cookies.insert(name.to_owned(), kept.to_owned()),
                };
            }
            headers.insert(name.as_str().to_owned(), value);
        }
        let bytes = response.body_mut().read_to_vec().expect("a body");
        Page {
            status: response.status().as_u16(),
            path: path.to_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
            headers,
        }
    }

    /// From nothing to the first page: one-time password, second factor, own password. The secret of the factor, as it is typed, and the
    /// code that was taken.
    pub fn comes_in_first(&mut self, name: &str, one_time: &str, own: &str) -> (String, String) {
        let page = self.get("/sign-in");
        let fields = [("tenant", "east"), ("name", name), ("password", one_time)];
        let page = self.send(&page, "/sign-in", &fields);
        assert!(page.text.contains("second factor"), "{page:?}");
        let secret = between(&page.text, "<code>", "</code>").replace(' ', "");
        let code = code(&secret, 0);
        let page = self.send(&page, "/sign-in/code", &[("code", &code)]);
        assert!(page.text.contains("Choose a new password"), "{page:?}");
        let page = self.send(&page, "/sign-in/password", &[("password", own)]);
        assert_eq!((page.status, page.path.as_str()), (200, "/"), "{page:?}");
        (secret, code)
    }
}

/// The code of a secret, so many steps from now.
pub fn code(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .expect("codes");
    let now = i64::try_from(meterpost_server::clock::system()).expect("after 1970");
    let step = i64::try_from(factor::STEP).expect("small");
    let at = u64::try_from(now + steps * step).expect("after 1970");
    totp.generate(at).to_string()
}

pub fn between<'t>(text: &'t str, begins: &str, ends: &str) -> &'t str {
    let rest = text
        .split_once(begins)
        .unwrap_or_else(|| panic!("no {begins}: {text}"))
        .1;
    rest.split_once(ends).expect("its end").0
}

fn hidden(text: &str, action: &str, name: &str) -> Option<String> {
    let form = text
        .split_once(&format!("method=\"post\" action=\"{action}\""))?
        .1;
    let form = form.split_once("</form>")?.0;
    let field = form.split_once(&format!("name=\"{name}\" value=\""))?.1;
    Some(field.split_once('"')?.0.to_owned())
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
