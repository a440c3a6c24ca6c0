//! `cargo xtask test`: named steps, timed, summed up. What cannot run has failed.

use crate::place::Place;
use crate::steps::{ALL, Step};
use std::time::{Duration, Instant};

/// Runs the named steps, or all.
pub fn test(place: &Place, names: &[String]) -> Result<(), String> {
    let known: Vec<&str> = ALL.iter().map(|step| step.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no step {name}; there are {}", known.join(", ")));
    }
    let chosen: Vec<&Step> = ALL
        .iter()
        .filter(|step| names.is_empty() || names.iter().any(|name| name == step.name))
        .collect();
    let results: Vec<(&Step, Duration, Result<(), String>)> = chosen
        .into_iter()
        .map(|step| {
            println!("\n=== {}: {}", step.name, step.what);
            let begun = Instant::now();
            let result = (step.run)(place);
            if let Err(why) = &result {
                println!("--- {} FAILED: {why}", step.name);
            }
            (step, begun.elapsed(), result)
        })
        .collect();

    println!("\n=== summary");
    for (step, time, result) in &results {
        let mark = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{mark}  {:>7.1} s  {}", time.as_secs_f64(), step.name);
        if let Err(why) = result {
            println!("                    {why}");
        }
    }
    let failed = results.iter().filter(|(_, _, result)| result.is_err()).count();
    println!("{} passed, {failed} failed", results.len() - failed);
    if failed == 0 { Ok(()) } else { std::process::exit(1) }
}
