//! Settings that a few machines share through a folder, such as one that a cloud drive keeps in
//! step, or a network share. There is no server, no lock, and no machine that has to be on.
//!
//! Each machine writes only its own file, and reads those of all others. So no file is ever written
//! by two, which is all that such folders are good at.
//!
//! ```sh
//! cargo run --example settings
//! ```

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;

/// Settings by name. `MvRegister` keeps both values when two machines change one setting at once;
/// `LwwMap` would silently keep one, by clocks that may be wrong.
type Values = Causal<OrMap<String, MvRegister<String>>>;

/// The settings as one machine has them.
struct Settings {
    values: Values,
    folder: PathBuf,
    machine: ReplicaId,
}

/// Who this machine is: made once, and kept where no other machine has it, so not in the folder.
/// Two that write under one id would take each other's changes for their own.
fn machine(home: &Path) -> Result<ReplicaId, Box<dyn Error>> {
    let path = home.join("machine-id");
    if path.exists() {
        return Ok(fs::read_to_string(path)?.parse()?);
    }
    let machine = ReplicaId::random();
    fs::write(path, machine.to_string())?;
    Ok(machine)
}

impl Settings {
    /// Reads all files there are, its own among them.
    fn open(home: &Path, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let (values, folder, machine) = (Values::default(), folder.to_owned(), machine(home)?);
        let mut settings = Self { values, folder, machine };
        settings.refresh()?;
        Ok(settings)
    }

    /// Merges what is in the folder, and returns whether anything was new. Merging is safe at any
    /// time and as often as one likes, so nobody needs to know which files have changed.
    fn refresh(&mut self) -> Result<bool, Box<dyn Error>> {
        let mut news = false;
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let theirs: Values = serde_json::from_slice(&fs::read(path)?)?;
                news |= self.values.merge(theirs);
            }
        }
        Ok(news)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Box<dyn Error>> {
        self.values.edit(self.machine, |values| values.entry(name).set(value));
        self.save()
    }

    fn reset(&mut self, name: &str) -> Result<(), Box<dyn Error>> {
        self.values.edit(self.machine, |values| values.remove(name));
        self.save()
    }

    /// Writes a new file aside and renames it, so that a crash leaves the old one or the new one,
    /// and nobody ever reads half a file.
    fn save(&self) -> Result<(), Box<dyn Error>> {
        let path = self.folder.join(format!("{}.json", self.machine));
        let aside = path.with_extension("writing");
        let file = fs::File::create(&aside)?;
        serde_json::to_writer_pretty(&file, &self.values)?;
        file.sync_all()?; // on the disk before it takes the place of the old one
        Ok(fs::rename(aside, path)?)
    }

    fn show(&self, title: &str) {
        println!("{title}");
        for (name, values) in self.values.iter() {
            let mut values: Vec<_> = values.values().map(String::as_str).collect();
            values.sort_unstable();
            println!("  {name} = {}", values.join(" or "));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let [desk, laptop, shared] = [tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?];
    let mut at_desk = Settings::open(desk.path(), shared.path())?;
    at_desk.set("theme", "dark")?;
    at_desk.set("font", "serif")?;
    at_desk.set("beep", "on")?;
    let mut on_laptop = Settings::open(laptop.path(), shared.path())?;
    on_laptop.show("a new laptop");

    // Both change something before they hear of each other.
    at_desk.set("theme", "light")?;
    at_desk.reset("beep")?;
    on_laptop.set("theme", "sepia")?;
    on_laptop.set("font", "mono")?;
    assert!(at_desk.refresh()? && on_laptop.refresh()?);
    assert_eq!(at_desk.values, on_laptop.values);
    at_desk.show("both, once they have");

    // The next change settles it. Meanwhile the laptop crashes halfway through a file.
    at_desk.set("theme", "light")?;
    fs::write(shared.path().join("half.writing"), "{ \"store\": [")?;
    Settings::open(laptop.path(), shared.path())?.show("the laptop, restarted");
    Ok(())
}
