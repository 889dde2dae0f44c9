//! Every word that the console says, in each of its languages. A word that is missing in one of them does not compile.

use control::role::Role;

/// Declares the words: name, English, Polish, Korean.
macro_rules! words {
    ($($name:ident: $en:literal, $pl:literal, $ko:literal;)*) => {
        /// The words of one language.
        #[derive(Debug)]
        pub(crate) struct Words {
            /// Its code (RFC 5646).
            pub(crate) code: &'static str,
            /// Its own name.
            pub(crate) language: &'static str,
            $(pub(crate) $name: &'static str,)*
        }

        /// English.
        pub(crate) static EN: Words = Words { code: "en", language: "English", $($name: $en,)* };
        /// Polish.
        pub(crate) static PL: Words = Words { code: "pl", language: "Polski", $($name: $pl,)* };
        /// Korean.
        pub(crate) static KO: Words = Words { code: "ko", language: "한국어", $($name: $ko,)* };
    };
}

/// The languages.
pub(crate) const LANGUAGES: [&Words; 3] = [&EN, &PL, &KO];

words! {
    overview: "Overview", "Przegląd", "개요";
    messages: "Messages", "Wiadomości", "메시지";
    calls: "Calls", "Wywołania", "호출";
    destinations: "Destinations", "Cele", "목적지";
    access: "Keys and certificates", "Klucze i certyfikaty", "키와 인증서";
    skip: "Skip to content", "Przejdź do treści", "본문으로 건너뛰기";
    navigation: "Pages", "Strony", "페이지";
    find: "Find", "Szukaj", "찾기";
    find_hint: "Number, Message-ID, address, trace id, words of the subject", "Numer, Message-ID, adres, identyfikator śladu, słowa tematu", "번호, Message-ID, 주소, 추적 ID, 제목의 단어";
    find_label: "Find a message or call", "Znajdź wiadomość lub wywołanie", "메시지 또는 호출 찾기";
    sign_in: "Sign in", "Zaloguj się", "로그인";
    sign_out: "Sign out", "Wyloguj się", "로그아웃";
    sign_in_text: "This link signs you in once.", "Ten odnośnik loguje jeden raz.", "이 링크는 한 번만 로그인합니다.";
    sign_in_how: "To sign in, run this on the machine and open the link that it prints:", "Aby się zalogować, uruchom to na tej maszynie i otwórz wypisany odnośnik:", "로그인하려면 이 컴퓨터에서 다음을 실행하고 출력된 링크를 여십시오:";
    link_over: "This link is used up or too old.", "Ten odnośnik został już użyty albo wygasł.", "이 링크는 이미 사용되었거나 만료되었습니다.";
    signed_out: "You are signed out.", "Wylogowano.", "로그아웃되었습니다.";
    role: "Role", "Rola", "역할";
    language_label: "Language", "Język", "언어";
    light_label: "Light", "Motyw", "테마";
    light_auto: "as the system", "systemowy", "시스템";
    light_light: "light", "jasny", "밝게";
    light_dark: "dark", "ciemny", "어둡게";
    viewer: "viewer", "obserwator", "조회자";
    operator: "operator", "operator", "운영자";
    admin: "admin", "administrator", "관리자";

    works: "It works.", "Działa.", "정상입니다.";
    needs_you: "It needs you.", "Wymaga uwagi.", "확인이 필요합니다.";
    takes_no_work: "It takes no work.", "Nie przyjmuje zadań.", "작업을 받지 않습니다.";
    attention: "What needs attention", "Co wymaga uwagi", "확인할 사항";
    nothing_wrong: "Nothing.", "Nic.", "없음.";
    in_queue: "In the queue", "W kolejce", "대기열";
    waiting: "waiting", "czeka", "대기 중";
    delivering: "being delivered", "w doręczaniu", "배달 중";
    held: "held", "wstrzymane", "보류";
    damaged: "damaged", "uszkodzone", "손상됨";
    open_calls: "open calls", "otwarte wywołania", "열린 호출";
    listens: "Listens", "Nasłuchuje", "수신 주소";
    api: "API", "API", "API";
    mail_in: "Mail in", "Poczta przychodząca", "수신 메일";
    disk_free: "Disk free", "Wolne na dysku", "디스크 여유";
    version: "Version", "Wersja", "버전";
    process: "Process", "Proces", "프로세스";
    mailboxes: "Mailboxes", "Skrzynki", "메일함";
    last_pass: "last read", "ostatni odczyt", "마지막 확인";
    certificate_ends: "The certificate of {} ends in {} days", "Certyfikat {} wygasa za {} dni", "{}의 인증서가 {}일 후 만료됩니다";
    certificate_ended: "The certificate of {} has ended", "Certyfikat {} wygasł", "{}의 인증서가 만료되었습니다";
    mailbox_fails: "The mailbox {} cannot be read: {}", "Nie można odczytać skrzynki {}: {}", "메일함 {}을(를) 읽을 수 없습니다: {}";
    site_away: "{} cannot be reached: {}", "{} jest nieosiągalny: {}", "{}에 연결할 수 없습니다: {}";
    some_damaged: "Damaged mail is set aside: {}", "Odłożona uszkodzona poczta: {}", "손상된 메일이 따로 보관됨: {}";
    some_held: "Mail is held back: {}", "Wstrzymana poczta: {}", "보류된 메일: {}";

    destination: "Destination", "Cel", "목적지";
    condition: "Condition", "Stan", "상태";
    in_memory: "In memory", "W pamięci", "메모리";
    connections: "Connections", "Połączenia", "연결";
    delivered_count: "Delivered", "Doręczone", "배달됨";
    last_words: "Last words", "Ostatnia odpowiedź", "마지막 응답";
    reachable: "reachable", "osiągalny", "연결 가능";
    away: "out of reach", "nieosiągalny", "연결 불가";
    looked_at: "looked at again", "następna próba", "다음 확인";
    no_destinations: "No mail is on its way anywhere since the start.", "Od startu nic nie jest wysyłane.", "시작 이후 발송 중인 메일이 없습니다.";
    since_start: "Since the daemon started.", "Od uruchomienia.", "데몬 시작 이후.";

    state_label: "State", "Stan", "상태";
    all_open: "all that is not over", "wszystkie niezakończone", "끝나지 않은 모든 것";
    to: "Recipient", "Adresat", "수신자";
    from: "Sender", "Nadawca", "발신자";
    subject: "Subject", "Temat", "제목";
    owner: "Caused by", "Zlecone przez", "요청자";
    kind: "Kind", "Rodzaj", "종류";
    any: "any", "dowolne", "전체";
    older_than: "Older than", "Starsze niż", "다음보다 오래됨";
    more_filters: "More", "Więcej", "더 보기";
    show: "Show", "Pokaż", "보기";
    queued_at: "Queued", "W kolejce od", "대기열 등록";
    next_try: "Next try", "Następna próba", "다음 시도";
    no_subject: "(no subject)", "(bez tematu)", "(제목 없음)";
    none_found: "No message is like that.", "Nie ma takich wiadomości.", "해당하는 메시지가 없습니다.";
    found_count: "Found", "Znaleziono", "찾음";
    at_most: "at most", "najwyżej", "최대";
    next_page: "Next page", "Następna strona", "다음 페이지";
    first_page: "First page", "Pierwsza strona", "첫 페이지";
    choose: "Choose", "Wybierz", "선택";
    with_chosen: "With the chosen ones", "Z wybranymi", "선택한 항목으로";
    with_all: "With all of these", "Ze wszystkimi tymi", "이 모든 항목으로";
    retry: "Retry now", "Ponów teraz", "지금 다시 시도";
    hold: "Hold", "Wstrzymaj", "보류";
    release: "Release", "Zwolnij", "해제";
    drop: "Drop", "Usuń", "삭제";
    about_to: "What this hits", "Czego to dotyczy", "영향을 받는 항목";
    retry_text: "These are tried again at once.", "Zostaną ponowione natychmiast.", "즉시 다시 시도합니다.";
    hold_text: "These stay until somebody releases them.", "Zostaną wstrzymane do zwolnienia.", "해제할 때까지 보류됩니다.";
    release_text: "These are let go again.", "Zostaną zwolnione.", "다시 내보냅니다.";
    drop_text: "These are taken out for good, and nobody is told. It cannot be undone.", "Zostaną usunięte na zawsze, nikt nie zostanie powiadomiony. Nie można tego cofnąć.", "영구히 삭제되며 아무에게도 알리지 않습니다. 되돌릴 수 없습니다.";
    and_more: "and more", "i więcej", "그 외";
    cancel: "Back", "Wróć", "뒤로";
    changed: "changed", "zmieniono", "변경됨";
    on_the_wire: "already on the wire", "już w trakcie wysyłania", "이미 전송 중";
    unchanged: "unchanged", "bez zmian", "변경 없음";
    same_on_shell: "The same on the command line", "To samo w wierszu poleceń", "명령줄에서 같은 작업";

    story: "The story", "Historia", "경과";
    no_attempts: "Nobody has tried yet.", "Nie było jeszcze próby.", "아직 시도하지 않았습니다.";
    waits_time: "It waits for its time", "Czeka na swój czas", "예정 시각 대기";
    waits_site: "It waits for its destination", "Czeka na cel", "목적지 대기";
    waits_release: "It waits for somebody to release it", "Czeka na zwolnienie", "해제 대기";
    stage: "at stage", "na etapie", "단계";
    message_id: "Message-ID", "Message-ID", "Message-ID";
    trace: "Trace id", "Identyfikator śladu", "추적 ID";
    journal: "Journal", "Dziennik", "기록";
    call: "Call", "Wywołanie", "호출";
    answers: "It answers", "Odpowiada na", "다음에 대한 답";
    source: "Source", "Źródło", "원문";
    only_newest: "Only the newest are shown.", "Pokazano tylko najnowsze.", "최신 항목만 표시됩니다.";
    found: "Found", "Znalezione", "찾은 결과";

    method: "Method", "Metoda", "메서드";
    sent_at: "Sent", "Wysłano", "보냄";
    expires: "Expires", "Wygasa", "만료";
    answer: "Answer", "Odpowiedź", "응답";
    no_calls: "No call by mail was made.", "Nie wykonano wywołań pocztą.", "메일로 한 호출이 없습니다.";

    inbox: "Inbox", "Skrzynka", "받은 편지함";
    inbox_text: "Mail that is kept here and was not sent: of sandbox keys, and where mail is captured.", "Poczta zatrzymana tutaj i niewysłana: kluczy testowych oraz tam, gdzie poczta jest przechwytywana.", "발송되지 않고 여기에 보관된 메일: 샌드박스 키의 메일과 보관 모드의 메일.";
    inbox_empty: "It is empty.", "Jest pusta.", "비어 있습니다.";
    views: "Views", "Widoki", "보기";
    text: "Text", "Tekst", "텍스트";
    headers: "Headers", "Nagłówki", "헤더";
    no_text: "There is no plain text in it.", "Nie zawiera zwykłego tekstu.", "일반 텍스트가 없습니다.";
    files: "Attachments", "Załączniki", "첨부 파일";
    inert: "Shown without scripts, forms and network.", "Pokazano bez skryptów, formularzy i sieci.", "스크립트, 양식, 네트워크 없이 표시합니다.";
    is_cut: "It has too many parts, or they nest too deep: the rest is left out.", "Ma zbyt wiele części lub są zbyt głęboko zagnieżdżone: resztę pominięto.", "부분이 너무 많거나 너무 깊어서 나머지는 생략했습니다.";
    keys: "API keys", "Klucze API", "API 키";
    name: "Name", "Nazwa", "이름";
    created: "Made", "Utworzono", "생성";
    used: "Last used", "Ostatnio użyty", "마지막 사용";
    may: "What it may do", "Uprawnienia", "권한";
    everything: "everything", "wszystko", "모두";
    unknown: "not since the start", "nie od startu", "시작 이후 없음";
    no_keys: "There is no key. `callpost key add NAME` makes one.", "Nie ma kluczy. Tworzy je `callpost key add NAZWA`.", "키가 없습니다. `callpost key add 이름`으로 만드십시오.";
    certificates: "Certificates", "Certyfikaty", "인증서";
    no_certificates: "No listener has TLS.", "Żaden nasłuch nie używa TLS.", "TLS를 사용하는 수신 주소가 없습니다.";
    served_at: "Served at", "Używany przez", "사용처";
    days_left: "Days left", "Pozostało dni", "남은 일수";
    fingerprint: "Fingerprint (SHA-256)", "Odcisk (SHA-256)", "지문 (SHA-256)";

    trouble: "That did not work", "Nie udało się", "실패했습니다";
    not_found: "There is no such page.", "Nie ma takiej strony.", "그런 페이지가 없습니다.";
    stale_form: "This form is from another session. Go back, load the page again, and repeat.", "Formularz pochodzi z innej sesji. Wróć, wczytaj stronę ponownie i powtórz.", "다른 세션의 양식입니다. 돌아가서 페이지를 다시 불러온 뒤 반복하십시오.";

    now: "now", "teraz", "지금";
    ago: "{} ago", "{} temu", "{} 전";
    ahead: "in {}", "za {}", "{} 후";
    second: "{} s", "{} s", "{}초";
    minute: "{} min", "{} min", "{}분";
    hour: "{} h", "{} godz.", "{}시간";
    day: "{} d", "{} d", "{}일";

    queued: "queued", "w kolejce", "대기";
    deferred: "deferred", "odroczona", "연기됨";
    delivered: "delivered", "doręczona", "배달됨";
    captured: "captured", "przechwycona", "보관됨";
    bounced: "bounced", "odrzucona", "반송됨";
    dropped: "dropped", "usunięta", "삭제됨";
    done: "over", "zakończone", "끝남";
    failed: "failed", "nieudana", "실패";
    uncertain: "uncertain", "niepewna", "불확실";
    open: "open", "otwarte", "열림";
    answered: "answered", "odpowiedziane", "응답됨";
    expired: "expired", "wygasło", "만료됨";
    forgotten: "forgotten", "zapomniane", "잊음";
    active: "active", "aktywny", "활성";
    revoked: "revoked", "unieważniony", "취소됨";
    kind_message: "message", "wiadomość", "메시지";
    kind_answer: "answer", "odpowiedź", "응답";
    kind_request: "request", "żądanie", "요청";
    kind_bounce: "bounce", "zwrot", "반송";
    kind_received: "received", "odebrana", "수신됨";
}

impl Words {
    /// The name of a state, an outcome or a kind, by the name that programs are told.
    pub(crate) fn state(&self, name: &str) -> &'static str {
        match name {
            "queued" => self.queued,
            "deferred" => self.deferred,
            "delivered" => self.delivered,
            "captured" => self.captured,
            "bounced" => self.bounced,
            "held" => self.held,
            "dropped" => self.dropped,
            "damaged" => self.damaged,
            "done" => self.done,
            "failed" => self.failed,
            "uncertain" => self.uncertain,
            "open" => self.open,
            "answered" => self.answered,
            "expired" => self.expired,
            "forgotten" => self.forgotten,
            "active" => self.active,
            "revoked" => self.revoked,
            "message" => self.kind_message,
            "answer" => self.kind_answer,
            "request" => self.kind_request,
            "bounce" => self.kind_bounce,
            "received" => self.kind_received,
            _ => self.unchanged,
        }
    }

    /// The name of a role.
    pub(crate) fn role_name(&self, role: &Role) -> &'static str {
        match role {
            Role::Viewer => self.viewer,
            Role::Operator => self.operator,
            Role::Admin => self.admin,
        }
    }

    /// The name of something that can be done with the queue; none where it cannot.
    pub(crate) fn verb(&self, verb: &str) -> Option<(&'static str, &'static str)> {
        Some(match verb {
            "retry" => (self.retry, self.retry_text),
            "hold" => (self.hold, self.hold_text),
            "release" => (self.release, self.release_text),
            "drop" => (self.drop, self.drop_text),
            _ => return None,
        })
    }

    /// A length of time in its largest unit.
    pub(crate) fn length(&self, seconds: u64) -> String {
        let (unit, number) = match seconds {
            0..=90 => (self.second, seconds),
            91..=5_400 => (self.minute, (seconds + 30) / 60),
            5_401..=172_800 => (self.hour, (seconds + 1_800) / 3_600),
            _ => (self.day, (seconds + 43_200) / 86_400),
        };
        unit.replace("{}", &number.to_string())
    }
}

/// A sentence with its gaps filled, in their order.
pub(crate) fn filled(sentence: &str, gaps: &[&str]) -> String {
    let mut parts = sentence.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        text += gaps.get(at).copied().unwrap_or_default();
        text += part;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{EN, KO, LANGUAGES, PL, filled};

    #[test]
    fn lengths_are_told_in_their_largest_unit() {
        assert_eq!([0, 90, 91, 3_600].map(|seconds| EN.length(seconds)), ["0 s", "90 s", "2 min", "60 min"]);
        assert_eq!((PL.length(7_200), KO.length(259_200)), ("2 godz.".to_owned(), "3일".to_owned()));
    }

    #[test]
    fn gaps_are_filled_once_whatever_stands_in_them() {
        assert_eq!(filled("{} is away: {}", &["{}", "{}"]), "{} is away: {}");
        for words in LANGUAGES {
            for sentence in [words.site_away, words.mailbox_fails, words.certificate_ends] {
                assert_eq!(sentence.matches("{}").count(), 2, "{}: {sentence}", words.code);
            }
            for sentence in [words.ago, words.ahead, words.second, words.day, words.some_held] {
                assert_eq!(sentence.matches("{}").count(), 1, "{}: {sentence}", words.code);
            }
        }
    }
}
