use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The seed of the run: the same seed fails again.
    pub seed: u64,
    /// Why, in words.
    pub reason: String,
}

/// Makes one run for each seed, and returns how many there were.
///
/// # Errors
///
/// When a run fails or panics: its seed, and why. Later ones are not made.
pub fn explore<E: fmt::Display>(
    seeds: impl IntoIterator<Item = u64>,
    mut run: impl FnMut(u64) -> Result<(), E>,
) -> Result<u64, Failure> {
    let mut runs = 0;
    for seed in seeds {
        let reason = match catch_unwind(AssertUnwindSafe(|| run(seed))) {
            Ok(Ok(())) => {
                runs += 1;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
                (Some(message), _) => format!("it panicked: {message}"),
                (_, Some(message)) => format!("it panicked: {message}"),
                _ => "it panicked".to_owned(),
            },
        };
        return Err(Failure { seed, reason });
    }
    Ok(runs)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} fails: {}", self.seed, self.reason)
    }
}

impl core::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::explore;

    #[test]
    fn the_first_seed_that_fails_or_panics_is_told() {
        assert_eq!(explore(5..15, |_| Ok::<(), String>(())), Ok(10));
        let failed = explore(0.., |seed| if seed < 7 { Ok(()) } else { Err("no") }).unwrap_err();
        assert_eq!(failed.to_string(), "seed 7 fails: no");
        let check = |seed| -> Result<(), String> { panic!("not {seed}") };
        assert_eq!(
            explore([3], check).unwrap_err().to_string(),
            "seed 3 fails: it panicked: not 3"
        );
    }
}
