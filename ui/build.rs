//! Compiles the screens with the translations and fonts inside.

use slint_build::{CompilerConfiguration, DefaultTranslationContext};

fn main() -> Result<(), slint_build::CompileError> {
    // Tests find controls by their names, and names are kept only with debug information. A release carries none.
    let for_tests = std::env::var("PROFILE").is_ok_and(|profile| profile != "release");
    let configuration = CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .with_bundled_translations("lang")
        .with_default_translation_context(DefaultTranslationContext::None)
        .with_debug_info(for_tests);
    slint_build::compile_with_config("ui/app.slint", configuration)
}
