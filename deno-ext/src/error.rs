//! Errors as they reach JavaScript.

use std::borrow::Cow;

use deno_error::{AdditionalProperties, JsErrorClass, PropertyValue};
use ipc_protocol::{
    Channel, ChannelError, Code, ExternalUrlError, PayloadError, PolicyError, SpecError, WindowId,
    WindowIdError,
};
use ipc_router::{ConfigureError, RouteError};

/// An error of an op: in JavaScript an `Error` with `code`, and with `windowId` and `channel`
/// where it concerns one.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ExtError {
    code: Code,
    message: String,
    window: Option<String>,
    channel: Option<String>,
}

impl ExtError {
    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Only the window system sends on this channel.
    pub(crate) fn reserved(channel: &Channel) -> ExtError {
        ExtError {
            code: Code::ReservedChannel,
            message: format!("channel \"{channel}\" is reserved for system events"),
            window: None,
            channel: Some(channel.to_string()),
        }
    }

    /// The embedder has not given the permission.
    pub(crate) fn not_permitted(message: String) -> ExtError {
        ExtError {
            code: Code::NotPermitted,
            message,
            window: None,
            channel: None,
        }
    }

    /// A script's strings cannot hold the path.
    pub(crate) fn not_text(path: &str) -> ExtError {
        ExtError {
            code: Code::Unsupported,
            message: format!("the path {path:?} is not Unicode: no string of a script can hold it"),
            window: None,
            channel: None,
        }
    }

    /// Adds what the error itself may not know: which window it was about.
    pub(crate) fn about_window(mut self, window: &str) -> ExtError {
        self.window.get_or_insert_with(|| window.to_owned());
        self
    }

    /// The same for the channel.
    pub(crate) fn about_channel(mut self, channel: &str) -> ExtError {
        self.channel.get_or_insert_with(|| channel.to_owned());
        self
    }

    fn new(code: Code, error: &impl std::error::Error) -> ExtError {
        ExtError {
            code,
            message: error.to_string(),
            window: None,
            channel: None,
        }
    }
}

impl From<RouteError> for ExtError {
    fn from(error: RouteError) -> ExtError {
        ExtError {
            window: error.window().map(WindowId::to_string),
            channel: error.channel().map(Channel::to_string),
            ..ExtError::new(error.code(), &error)
        }
    }
}

impl From<ChannelError> for ExtError {
    fn from(error: ChannelError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl From<WindowIdError> for ExtError {
    fn from(error: WindowIdError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl From<PayloadError> for ExtError {
    fn from(error: PayloadError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl From<SpecError> for ExtError {
    fn from(error: SpecError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl From<ExternalUrlError> for ExtError {
    fn from(error: ExternalUrlError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl From<PolicyError> for ExtError {
    fn from(error: PolicyError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl From<ConfigureError> for ExtError {
    fn from(error: ConfigureError) -> ExtError {
        ExtError::new(error.code(), &error)
    }
}

impl JsErrorClass for ExtError {
    fn get_class(&self) -> Cow<'static, str> {
        match self.code {
            Code::BadChannel
            | Code::BadPayload
            | Code::BadWindowId
            | Code::BadOptions
            | Code::BadPolicy => deno_error::builtin_classes::TYPE_ERROR.into(),
            Code::NotPermitted => "NotCapable".into(),
            _ => deno_error::builtin_classes::GENERIC_ERROR.into(),
        }
    }

    fn get_message(&self) -> Cow<'static, str> {
        self.message.clone().into()
    }

    fn get_additional_properties(&self) -> AdditionalProperties {
        let properties = [
            ("code", Some(self.code.as_str().to_owned())),
            ("windowId", self.window.clone()),
            ("channel", self.channel.clone()),
        ];
        let present = properties
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), PropertyValue::String(value?.into()))));
        Box::new(present.collect::<Vec<_>>().into_iter())
    }

    fn get_ref(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }
}
