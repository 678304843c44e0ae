//! Numbers: the middle of some, and how they are written.

/// The median; none of no numbers.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

/// A number with three digits that matter, and at most two after the point: `0.56`, `26.4`, `260,000`.
pub(crate) fn short(number: f64) -> String {
    let size = number.abs();
    let decimals = match size {
        _ if size < 9.995 => 2,
        _ if size < 99.95 => 1,
        _ => 0,
    };
    if decimals > 0 {
        return format!("{number:.decimals$}");
    }
    let digits = size.log10().floor() as i32;
    let unit = 10f64.powi((digits - 2).max(0));
    let rounded = format!("{:.0}", (size / unit).round() * unit);
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", grouped(&rounded))
}

/// Commas between the thousands of a row of digits.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
    }

    #[test]
    fn three_digits_are_enough() {
        for (number, text) in [
            (0.0, "0.00"),
            (0.5639, "0.56"),
            (-1.234, "-1.23"),
            (9.996, "10.0"),
            (26.44, "26.4"),
            (99.96, "100"),
            (316.6, "317"),
            (999.6, "1,000"),
            (1072.97, "1,070"),
            (260_078.02, "260,000"),
            (1_577_934.0, "1,580,000"),
            (-4321.0, "-4,320"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
