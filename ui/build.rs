//! Compiles the screens with the translations and fonts inside.

use std::path::{Path, PathBuf};

use slint_build::{CompilerConfiguration, DefaultTranslationContext};

#[path = "build/pseudo.rs"]
mod pseudo;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Tests find controls by their names, and names are kept only with debug information. A release carries none.
    let for_tests = std::env::var("PROFILE").is_ok_and(|profile| profile != "release");
    let catalogues = if for_tests {
        with_pseudo(Path::new("lang"))?
    } else {
        PathBuf::from("lang")
    };
    let configuration = CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .with_bundled_translations(&catalogues)
        .with_default_translation_context(DefaultTranslationContext::None)
        .with_debug_info(for_tests);
    slint_build::compile_with_config("ui/app.slint", configuration)?;
    Ok(())
}

/// A folder of all catalogues and of the pseudo-language's, made of the texts that the first of them translates.
fn with_pseudo(lang: &Path) -> std::io::Result<PathBuf> {
    const CATALOGUE: &str = "LC_MESSAGES/meterpost-ui.po";
    println!("cargo:rerun-if-changed={}", lang.display());
    println!("cargo:rerun-if-changed=build/pseudo.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo tells")).join("lang");
    let copy = |folder: &str, text: &str| {
        let file = out.join(folder).join(CATALOGUE);
        std::fs::create_dir_all(file.parent().expect("a folder"))?;
        std::fs::write(file, text)
    };
    let mut longer = None;
    for entry in std::fs::read_dir(lang)? {
        let entry = entry?;
        let file = entry.path().join(CATALOGUE);
        println!("cargo:rerun-if-changed={}", file.display());
        let text = std::fs::read_to_string(file)?;
        copy(&entry.file_name().to_string_lossy(), &text)?;
        longer.get_or_insert_with(|| pseudo::catalogue(&text));
    }
    copy("qps", &longer.unwrap_or_default())?;
    Ok(out)
}
