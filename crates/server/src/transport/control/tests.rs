//! What the socket takes of a line, in octets, in room and in time.

use std::time::Duration;

use budget::MemoryBudget;
use tokio::io::{AsyncWriteExt, BufReader};

use super::{Line, Rules, line, tell};

fn rules(longest: usize) -> Rules {
    Rules { longest, patience: Duration::from_secs(60), budget: MemoryBudget::new(16 * 1024) }
}

/// What becomes of these octets, the first line of them.
async fn read(octets: &[u8], rules: &Rules) -> Line {
    let (reader, mut writer) = tokio::io::duplex(octets.len().max(1));
    writer.write_all(octets).await.unwrap();
    drop(writer);
    line(&mut BufReader::new(reader), &mut rules.budget.nothing(), rules).await.unwrap()
}

fn refused(line: Line) -> String {
    match line {
        Line::Refused(refused) => refused.what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_line_is_taken_up_to_its_longest_and_not_an_octet_more() {
    let rules = rules(1000);
    let fits = [vec![b'x'; 999], vec![b'\n']].concat();
    assert!(matches!(read(&fits, &rules).await, Line::Whole(line) if line.len() == 1000));
    let long = [vec![b'x'; 1000], vec![b'\n']].concat();
    assert!(refused(read(&long, &rules).await).contains("smtp.max_size"));
    let endless = vec![b'x'; 100_000];
    assert!(refused(read(&endless, &rules).await).contains("smtp.max_size"));
    assert!(matches!(read(b"", &rules).await, Line::None));
}

#[tokio::test]
async fn a_line_takes_room_in_the_budget_and_is_refused_where_none_is_left() {
    let rules = rules(1 << 20);
    let mut others = rules.budget.nothing();
    let large = [vec![b'x'; 10_000], vec![b'\n']].concat();
    assert!(matches!(read(&large, &rules).await, Line::Whole(_)));
    assert!(others.grow(12 * 1024));
    assert!(refused(read(&large, &rules).await).contains("limits.in_flight"));
    drop(others);
    assert!(matches!(read(&large, &rules).await, Line::Whole(_)), "what was held is given back");
}

#[tokio::test]
async fn a_line_that_does_not_come_whole_in_time_is_refused_and_a_silent_connection_closed() {
    let hurried = Rules { patience: Duration::from_millis(20), ..rules(1000) };
    let (reader, mut writer) = tokio::io::duplex(100);
    let (mut reader, mut held) = (BufReader::new(reader), hurried.budget.nothing());
    assert!(matches!(line(&mut reader, &mut held, &hurried).await.unwrap(), Line::None));
    writer.write_all(b"{\"half\":").await.unwrap();
    assert!(refused(line(&mut reader, &mut held, &hurried).await.unwrap()).contains("limits.control_wait"));
}

#[tokio::test]
async fn nobody_is_waited_for_who_does_not_read_the_answer() {
    let (_reader, mut writer) = tokio::io::duplex(10);
    let answer = Ok(serde_json::json!("x".repeat(1000)));
    let told = tell(&mut writer, &answer, Duration::from_millis(20)).await;
    assert_eq!(told.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}
