//! What a caller is told when something is refused: a status, a word for programs, and a sentence that says what to do. The
//! inner cause goes to the log only.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::bulletins::IssueError;
use crate::cards::{AuthorityError, CardError};
use crate::database::DatabaseError;
use crate::enrolment::EnrolmentError;
use crate::lease::LeaseError;
use crate::orders::OrderError;
use crate::service_code::ServiceCodeError;
use crate::witness::WitnessError;

/// A refusal as it travels.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiError {
    #[serde(skip)]
    #[schema(ignore)]
    status: StatusCode,
    /// A word for programs; it never changes its meaning.
    code: &'static str,
    /// What happened and what to do next.
    message: String,
    /// Entries that the server has, where the call was about entries: continue from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    have: Option<u64>,
    /// The counter of the last signed call, where this one's is not above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
}

impl ApiError {
    /// A refusal.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            code,
            message: message.into(),
            have: None,
            counter: None,
        }
    }

    /// The same, saying how many entries are here.
    pub fn with_have(self, have: u64) -> ApiError {
        ApiError {
            have: Some(have),
            ..self
        }
    }

    /// The same, saying which counter was the last.
    pub fn with_counter(self, counter: Option<u64>) -> ApiError {
        ApiError { counter, ..self }
    }

    /// The status as it travels.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What happened and what to do next.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The word for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Nobody was enrolled under this origin.
    pub fn unknown_log() -> ApiError {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_log",
            "the log is not known here: is the terminal enrolled?",
        )
    }

    /// No terminal of this name was enrolled.
    pub fn no_terminal() -> ApiError {
        let message = "no terminal of this name was enrolled";
        ApiError::new(StatusCode::NOT_FOUND, "no_terminal", message)
    }

    /// Whoever calls has to wait a little.
    pub fn too_often() -> ApiError {
        ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_often",
            "too many calls in a short time; wait a few seconds",
        )
    }

    fn unavailable() -> ApiError {
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the server's database does not answer; nothing was changed, try again later",
        )
    }

    fn internal() -> ApiError {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; the operator finds the cause in its log. Nothing was changed",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> ApiError {
        tracing::error!(%error, "a request failed");
        match error {
            DatabaseError::Address(_) | DatabaseError::Unreachable(_) => ApiError::unavailable(),
            DatabaseError::Statement(_)
            | DatabaseError::Value(_)
            | DatabaseError::Aborted
            | DatabaseError::Migration(_)
            | DatabaseError::Damaged(_) => ApiError::internal(),
        }
    }
}

impl From<ServiceCodeError> for ApiError {
    fn from(error: ServiceCodeError) -> Self {
        match error {
            ServiceCodeError::Database(error) => error.into(),
            ServiceCodeError::Secret(error) => {
                tracing::error!(%error, "the codes of a terminal cannot be made");
                ApiError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "trouble",
                    "the server cannot make codes now; its log says why",
                )
            }
        }
    }
}

impl From<tokio_postgres::Error> for ApiError {
    fn from(error: tokio_postgres::Error) -> ApiError {
        DatabaseError::from(error).into()
    }
}

impl From<WitnessError> for ApiError {
    fn from(error: WitnessError) -> ApiError {
        match error {
            WitnessError::Database(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a request failed");
                ApiError::internal()
            }
        }
    }
}

impl From<EnrolmentError> for ApiError {
    fn from(error: EnrolmentError) -> ApiError {
        let message = error.to_string();
        match error {
            EnrolmentError::NoTenant(_) => {
                ApiError::new(StatusCode::NOT_FOUND, "no_tenant", message)
            }
            EnrolmentError::NoRequest(_) => {
                ApiError::new(StatusCode::NOT_FOUND, "no_request", message)
            }
            EnrolmentError::TooMany => {
                ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many", message)
            }
            EnrolmentError::Reserved(_) => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "reserved", message)
            }
            EnrolmentError::Database(error) => error.into(),
            EnrolmentError::Certificate(_)
            | EnrolmentError::Memory(_)
            | EnrolmentError::Epochs(_) => {
                tracing::error!(error = message, "an enrolment failed");
                ApiError::new(StatusCode::CONFLICT, "not_possible", message)
            }
        }
    }
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> ApiError {
        match error {
            IssueError::Database(error) => error.into(),
            IssueError::Content(error) => error.into(),
            IssueError::Bulletin(error) => ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bulletin",
                error.to_string(),
            ),
        }
    }
}

impl From<LeaseError> for ApiError {
    fn from(error: LeaseError) -> ApiError {
        let message = error.to_string();
        match error {
            LeaseError::Database(error) => error.into(),
            LeaseError::None(_) => ApiError::new(StatusCode::NOT_FOUND, "no_lease", message),
            LeaseError::NoMeter(_) => ApiError::new(StatusCode::NOT_FOUND, "no_meter", message),
            LeaseError::NoOwner(_) => ApiError::new(StatusCode::NOT_FOUND, "no_owner", message),
            LeaseError::Refused(_) => ApiError::new(StatusCode::CONFLICT, "lease", message),
        }
    }
}

impl From<OrderError> for ApiError {
    fn from(error: OrderError) -> ApiError {
        let message = error.to_string();
        match error {
            OrderError::Database(error) => error.into(),
            OrderError::Differs(_) => ApiError::new(StatusCode::CONFLICT, "order_taken", message),
        }
    }
}

impl From<CardError> for ApiError {
    fn from(error: CardError) -> ApiError {
        let message = error.to_string();
        let refused = |status, code| ApiError::new(status, code, message.clone());
        match error {
            CardError::NoCard(_) => refused(StatusCode::NOT_FOUND, "no_card"),
            CardError::TooManyTries => refused(StatusCode::TOO_MANY_REQUESTS, "tries"),
            CardError::NoAccount(_) => refused(StatusCode::NOT_FOUND, "no_account"),
            CardError::NoTerminal(_) => refused(StatusCode::NOT_FOUND, "no_terminal"),
            CardError::NoJob(_) => refused(StatusCode::NOT_FOUND, "no_job"),
            CardError::NotAllowed(_) => refused(StatusCode::CONFLICT, "not_allowed"),
            CardError::Conflict(_) => refused(StatusCode::CONFLICT, "conflict"),
            CardError::Keys(_) => refused(StatusCode::UNPROCESSABLE_ENTITY, "keys"),
            CardError::Authority(AuthorityError::None) => {
                refused(StatusCode::CONFLICT, "no_authority")
            }
            CardError::Authority(AuthorityError::Sign(_)) => {
                refused(StatusCode::UNPROCESSABLE_ENTITY, "keys")
            }
            CardError::Authority(AuthorityError::File { .. } | AuthorityError::Entropy(_)) => {
                tracing::error!(error = message, "a card could not be certified");
                ApiError::internal()
            }
            CardError::Database(error) => error.into(),
        }
    }
}
