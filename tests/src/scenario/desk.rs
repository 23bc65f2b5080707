//! A person at a desk: the back office's pages, as a browser gets them and sends their forms.

use std::collections::BTreeMap;

use super::Failure;
use super::office::{Office, TENANT};

/// The password that everybody of the scenarios chooses.
const OWN: &str = "kettle orbit lantern 47 pines";

/// Redirections that are followed, as one page leads to the next.
const MOST_REDIRECTIONS: usize = 5;

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    /// The status of the answer.
    pub status: u16,
    /// Where it stands in the end.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Page {
    /// It as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The hidden field of the form with this action.
    fn hidden(&self, action: &str, name: &str) -> Option<String> {
        let text = self.text();
        let form = text
            .split_once(&format!("method=\"post\" action=\"{action}\""))?
            .1;
        let form = form.split_once("</form>")?.0;
        let field = form.split_once(&format!("name=\"{name}\" value=\""))?.1;
        Some(field.split_once('"')?.0.to_owned())
    }
}

/// Where somebody lands whose session is over.
const SIGN_IN: &str = "/sign-in";

/// Somebody who has signed in.
#[derive(Debug)]
pub struct Desk {
    url: String,
    name: String,
    /// Of the second factor, in base32.
    secret: String,
    cookies: BTreeMap<String, String>,
}

impl Desk {
    /// A new person of this role comes in for the first time: one-time password, second factor, own password.
    ///
    /// # Errors
    /// When the server refuses, or a page is not the one expected.
    pub fn sit_down(office: &Office, name: &str, role: &str) -> Result<Desk, Failure> {
        let one_time = office.person(name, role)?;
        let mut desk = Desk {
            url: office.url(),
            name: name.to_owned(),
            secret: String::new(),
            cookies: BTreeMap::new(),
        };
        let page = desk.enter(&one_time)?;
        desk.secret = between(&page.text(), "<code>", "</code>")?.replace(' ', "");
        let page = desk.prove(&page)?;
        desk.send(&page, "/sign-in/password", &[("password", OWN)])?;
        Ok(desk)
    }

    /// Comes in again after a while.
    fn come_back(&mut self) -> Result<(), Failure> {
        let page = self.enter(OWN)?;
        let page = self.prove(&page)?;
        if page.path.starts_with(SIGN_IN) {
            return Err(Failure::new(format!("{} is not let in", self.name)));
        }
        Ok(())
    }

    fn enter(&mut self, password: &str) -> Result<Page, Failure> {
        let page = self.go("GET", SIGN_IN, "")?;
        let name = self.name.clone();
        let fields = [
            ("tenant", TENANT),
            ("name", name.as_str()),
            ("password", password),
        ];
        self.send(&page, SIGN_IN, &fields)
    }

    fn prove(&mut self, page: &Page) -> Result<Page, Failure> {
        let code = code(&self.secret)?;
        self.send(page, "/sign-in/code", &[("code", &code)])
    }

    /// A page or a file. Whoever was away for too long comes in again first.
    ///
    /// # Errors
    /// When it does not come.
    pub fn look(&mut self, path: &str) -> Result<Page, Failure> {
        let page = self.go("GET", path, "")?;
        if !page.path.starts_with(SIGN_IN) {
            return Ok(page);
        }
        self.come_back()?;
        self.go("GET", path, "")
    }

    /// Fills in the form of a page with this action, and sends it.
    ///
    /// # Errors
    /// When there is no such form, or it is refused.
    pub fn send(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page, Failure> {
        let mut pairs = Vec::new();
        for name in ["form", "id"] {
            if let Some(value) = page.hidden(action, name) {
                pairs.push(format!("{name}={}", encoded(&value)));
            }
        }
        pairs.extend(
            fields
                .iter()
                .map(|(name, value)| format!("{name}={}", encoded(value))),
        );
        self.go("POST", action, &pairs.join("&"))
    }

    fn go(&mut self, method: &str, path: &str, body: &str) -> Result<Page, Failure> {
        let (mut page, mut to) = self.once(method, path, body)?;
        for _ in 0..MOST_REDIRECTIONS {
            let Some(next) = to else { break };
            (page, to) = self.once("GET", next.split('#').next().unwrap_or("/"), "")?;
        }
        if page.status == 200 {
            return Ok(page);
        }
        let text = page.text();
        let said = between(&text, "class=\"problem\"", "</p>").unwrap_or(&text);
        Err(Failure::new(format!("{path}: {}: {said}", page.status)))
    }

    fn once(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(Page, Option<String>), Failure> {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.max_redirects(0).build().into();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookies.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
            .map_err(|error| Failure::new(error.to_string()))?;
        let failed = |error: ureq::Error| Failure::new(format!("{path}: {error}"));
        let mut response = agent.run(request).map_err(failed)?;
        for set in response.headers().get_all("set-cookie") {
            self.keep(set.to_str().unwrap_or_default());
        }
        let to = response.headers().get("location");
        let to = to.and_then(|to| to.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(64 << 20);
        let page = Page {
            status,
            path: path.to_owned(),
            bytes: body.read_to_vec().map_err(failed)?,
        };
        Ok((page, to))
    }

    fn keep(&mut self, cookie: &str) {
        let Some((name, value)) = cookie.split(';').next().and_then(|c| c.split_once('=')) else {
            return;
        };
        if cookie.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The code of a second factor now.
fn code(secret: &str) -> Result<String, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::new(format!("second factor: {error}"));
    let secret = totp_rs::Secret::try_from_base32(secret).map_err(|error| wrong(&error))?;
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .map_err(|error| wrong(&error))?;
    Ok(totp.generate(super::demo::unix()).to_string())
}

fn between<'t>(text: &'t str, begins: &str, ends: &str) -> Result<&'t str, Failure> {
    let rest = text.split_once(begins).map(|(_, rest)| rest);
    let found = rest.and_then(|rest| Some(rest.split_once(ends)?.0));
    found.ok_or_else(|| Failure::new(format!("no {begins} in the page: {text}")))
}

/// As the fields of a form are sent (application/x-www-form-urlencoded).
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_by_its_action_with_what_is_hidden_in_it() {
        let page = Page {
            status: 200,
            path: "/".into(),
            bytes: b"<form method=\"post\" action=\"/a\"><input name=\"form\" value=\"x\"></form>\
                <form method=\"post\" action=\"/b\"><input name=\"form\" value=\"y\"><input name=\"id\" value=\"z\"></form>"
                .to_vec(),
        };
        assert_eq!(page.hidden("/a", "form").as_deref(), Some("x"));
        assert_eq!(page.hidden("/a", "id"), None);
        assert_eq!(page.hidden("/b", "id").as_deref(), Some("z"));
        assert_eq!(encoded("a b/é"), "a%20b%2F%C3%A9");
    }
}
