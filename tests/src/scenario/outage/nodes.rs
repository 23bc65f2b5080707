//! The three concentrators: the shipping program, each with a folder and a file of its own, killed and started again.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::plan::{NODES, ROOTS, concentrator_file};
use crate::scenario::Failure;
use crate::scenario::programs::{Program, run};

/// How long a program may take to listen.
const START: Duration = Duration::from_secs(20);

/// The programs.
#[derive(Debug)]
pub struct Nodes {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: &'static str,
    folder: PathBuf,
    listen: u16,
    program: Option<Program>,
}

impl Nodes {
    /// Writes the files, has them checked by the program itself, and starts all.
    ///
    /// # Errors
    /// When a file is refused or a program does not listen.
    pub fn start(folder: &Path, district: &Path) -> Result<Nodes, Failure> {
        let mut nodes = Vec::new();
        for name in NODES {
            let node = Node {
                name,
                folder: folder.join(name),
                listen: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
                program: None,
            };
            std::fs::create_dir_all(&node.folder)?;
            let text = concentrator_file(name, &node.folder, district, node.listen);
            std::fs::write(node.file(), text)?;
            let checked = run("concentrator", &["check", &node.file().to_string_lossy()])?;
            if !checked.status.success() {
                let words = String::from_utf8_lossy(&checked.stderr).into_owned();
                return Err(Failure::new(words));
            }
            nodes.push(node);
        }
        let mut nodes = Nodes { nodes };
        for name in NODES {
            nodes.revive(name)?;
        }
        Ok(nodes)
    }

    /// Where masters connect, the preferred concentrator first.
    pub fn endpoints(&self) -> Vec<String> {
        let roots = ROOTS.iter();
        roots
            .filter_map(|root| self.nodes.iter().find(|node| node.name == *root))
            .map(|node| format!("127.0.0.1:{}", node.listen))
            .collect()
    }

    /// SIGKILL, as a power cut.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self, name: &str) -> Result<(), Failure> {
        let node = self.node(name)?;
        match node.program.take() {
            Some(mut program) => program.kill(),
            None => Ok(()),
        }
    }

    /// Starts it (again) and waits until it listens.
    ///
    /// # Errors
    /// When it does not.
    pub fn revive(&mut self, name: &str) -> Result<(), Failure> {
        let node = self.node(name)?;
        let file = node.file();
        let args = ["--config", &file.to_string_lossy()];
        let program = Program::start(&node.folder, "concentrator", &args, &[])?;
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", node.listen)).is_err() {
            if Instant::now() > end {
                let words = program.last_words();
                return Err(Failure::new(format!("{name} does not listen\n{words}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        node.program = Some(program);
        Ok(())
    }

    /// The last words of all, for an error.
    pub fn last_words(&self) -> String {
        let running = self.nodes.iter();
        let words = running.filter_map(|node| Some((node.name, node.program.as_ref()?)));
        words
            .map(|(name, program)| format!("{name}: {}", program.last_words()))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn node(&mut self, name: &str) -> Result<&mut Node, Failure> {
        let mut nodes = self.nodes.iter_mut();
        nodes
            .find(|node| node.name == name)
            .ok_or_else(|| Failure::new(format!("there is no concentrator {name}")))
    }
}

impl Node {
    fn file(&self) -> PathBuf {
        self.folder.join("concentrator.toml")
    }
}
