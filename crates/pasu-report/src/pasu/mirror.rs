//! Structs that repeat a struct of the model, and the way there and back.

use std::collections::BTreeMap;

/// Turns a type of the model into its counterpart in the schema, or back.
pub(crate) trait Convert<T> {
    /// The counterpart.
    fn convert(self) -> T;
}

impl<A: Convert<B>, B> Convert<Vec<B>> for Vec<A> {
    fn convert(self) -> Vec<B> {
        self.into_iter().map(A::convert).collect()
    }
}

impl<A: Convert<B>, B> Convert<Option<B>> for Option<A> {
    fn convert(self) -> Option<B> {
        self.map(A::convert)
    }
}

impl<A: Convert<B>, B> Convert<BTreeMap<String, B>> for BTreeMap<String, A> {
    fn convert(self) -> BTreeMap<String, B> {
        self.into_iter().map(|(key, value)| (key, value.convert())).collect()
    }
}

/// Types that the schema takes over as they are: scalars, and enums and newtypes whose serialised form is a contract of
/// the model itself.
macro_rules! same {
    ($($kind:ty),* $(,)?) => {
        $(impl Convert<$kind> for $kind {
            fn convert(self) -> $kind {
                self
            }
        })*
    };
}

/// A struct of the schema with the keys that are always there and those that are left out when they say nothing.
macro_rules! mirror {
    ($(#[$doc:meta])* $name:ident = $model:path { $($key:ident: $kind:ty),* $(,)? ; $($quiet:ident: $quiet_kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $name {
            $($key: $kind,)*
            $(#[serde(default, skip_serializing_if = "says_nothing")]
            $quiet: $quiet_kind,)*
        }

        impl Convert<$name> for $model {
            fn convert(self) -> $name {
                // Without `..`: a field added to the model does not compile until it has its place here.
                let $model { $($key,)* $($quiet,)* } = self;
                $name { $($key: $key.convert(),)* $($quiet: $quiet.convert(),)* }
            }
        }

        impl Convert<$model> for $name {
            fn convert(self) -> $model {
                let $name { $($key,)* $($quiet,)* } = self;
                $model { $($key: $key.convert(),)* $($quiet: $quiet.convert(),)* }
            }
        }
    };
}

/// For `skip_serializing_if`.
pub(crate) fn says_nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(crate) use {mirror, same};
