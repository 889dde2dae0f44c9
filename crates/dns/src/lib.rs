//! Names, looked up: what the name servers say of them, typed, and whether they had proven it.
//!
//! Every name is absolute: the search list of this machine is for people. Answers are kept as long as they may be (RFC 1035
//! §3.2.1 TTL, RFC 2308). A name server that is trusted is asked to validate (the DO bit), and its AD bit is believed (RFC
//! 4035 §3.2.3, RFC 6698 §4.1).
//!
//! It must not know mail, the configuration, and what names are looked up for.

mod answer;
mod name;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub use answer::{Answer, Mx, Records, Tlsa};
use hickory_resolver::caching_client::CachingClient;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::RetryDnsHandle;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{DnsRequestOptions, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig, system_conf};

/// Which name servers are asked, and whether what they say they have proven is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The name servers, over UDP and TCP; none: those of this machine (`/etc/resolv.conf`).
    pub servers: Vec<SocketAddr>,
    /// True where their AD bit is believed wherever they are; else it is where all of them are on loopback.
    pub trusted: bool,
}

/// Looks up names. Its answers are shared by all who hold it.
pub struct Resolver {
    client: CachingClient<RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>>,
    believes: bool,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("believes", &self.believes).finish_non_exhaustive()
    }
}

impl Resolver {
    /// One that asks these. Nothing is asked yet; where this machine names no name server, every look-up fails for now.
    ///
    /// # Errors
    /// Why none can be made: the reason of the library, which wants its TLS even where none is spoken.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let (config, options) = asked(settings);
        let servers = config.name_servers();
        let on_loopback = !servers.is_empty() && servers.iter().all(|server| server.ip.is_loopback());
        let (attempts, cache) = (options.attempts, options.cache_size);
        let tls = TlsConfig::new().map_err(|error| error.to_string())?;
        let context = std::sync::Arc::new(PoolContext::new(options, tls));
        let servers = config.name_servers().to_vec();
        let pool = NameServerPool::from_config(servers, context, TokioRuntimeProvider::default());
        let client = CachingClient::new(cache, RetryDnsHandle::new(pool, attempts), false);
        Ok(Self { client, believes: settings.trusted || on_loopback })
    }

    /// True where the name servers are believed when they say that they have proven something.
    #[must_use]
    pub fn is_believed(&self) -> bool {
        self.believes
    }

    /// Whether the name servers prove what they say, asked about the root, which is signed; never where they are not believed.
    ///
    /// # Errors
    /// It cannot be told now, in words.
    pub async fn proves(&self) -> Result<bool, String> {
        let read = |data: &RData| matches!(data, RData::SOA(_)).then_some(());
        match self.look_up(Some(Name::root()), RecordType::SOA, read).await {
            Answer::Records(found) => Ok(found.validated),
            Answer::Nothing | Answer::NoSuchName => Ok(false),
            Answer::Failed(words) => Err(words),
        }
    }

    /// The IPv4 addresses of a host.
    pub async fn ipv4(&self, host: &str) -> Answer<Ipv4Addr> {
        self.look_up(name::absolute(host), RecordType::A, |data| match data {
            RData::A(address) => Some(address.0),
            _ => None,
        })
        .await
    }

    /// The IPv6 addresses of a host.
    pub async fn ipv6(&self, host: &str) -> Answer<Ipv6Addr> {
        self.look_up(name::absolute(host), RecordType::AAAA, |data| match data {
            RData::AAAA(address) => Some(address.0),
            _ => None,
        })
        .await
    }

    /// The mail exchangers of a domain, as they came: in no order (RFC 5321 §5.1).
    pub async fn mx(&self, domain: &str) -> Answer<Mx> {
        self.look_up(name::absolute(domain), RecordType::MX, |data| match data {
            RData::MX(mx) => Some(Mx { preference: mx.preference, exchange: name::shown(&mx.exchange) }),
            _ => None,
        })
        .await
    }

    /// The texts of a name, the strings of each put together.
    pub async fn txt(&self, name: &str) -> Answer<Vec<u8>> {
        self.look_up(name::absolute(name), RecordType::TXT, |data| match data {
            RData::TXT(text) => Some(text.txt_data.concat()),
            _ => None,
        })
        .await
    }

    /// The names of an address.
    pub async fn ptr(&self, address: IpAddr) -> Answer<String> {
        self.look_up(Some(Name::from(address)), RecordType::PTR, |data| match data {
            RData::PTR(host) => Some(name::shown(host)),
            _ => None,
        })
        .await
    }

    /// What TLS associations a name has (RFC 6698), as they came. `_25._tcp.HOST` for the SMTP of a host.
    pub async fn tlsa(&self, name: &str) -> Answer<Tlsa> {
        self.look_up(name::absolute(name), RecordType::TLSA, |data| match data {
            RData::TLSA(tlsa) => Some(Tlsa {
                usage: tlsa.cert_usage.into(),
                selector: tlsa.selector.into(),
                matching: tlsa.matching.into(),
                data: tlsa.cert_data.clone(),
            }),
            _ => None,
        })
        .await
    }

    async fn look_up<T>(&self, name: Option<Name>, kind: RecordType, read: fn(&RData) -> Option<T>) -> Answer<T> {
        let Some(name) = name else { return Answer::NoSuchName };
        let mut options = DnsRequestOptions::default();
        // Without it a name server that validates says nothing of what it proved (RFC 6840 §5.8).
        (options.use_edns, options.edns_set_dnssec_ok) = (true, self.believes);
        let lookup = match self.client.lookup(Query::query(name.clone(), kind), options).await {
            Ok(lookup) => lookup,
            Err(error) => return without_records(&error),
        };
        let answers = lookup.answers().iter().filter(|record| record.record_type() == kind);
        let found: Vec<(&Name, T)> = answers.filter_map(|record| Some((&record.name, read(&record.data)?))).collect();
        let Some((at, _)) = found.first() else { return Answer::Nothing };
        // An alias that was followed by a second question: the bit speaks of the second answer alone.
        let is_whole = *lookup.query().name() == name;
        let validated = self.believes && is_whole && lookup.message().metadata.authentic_data;
        let at = name::shown(at);
        Answer::Records(Records { name: at, records: found.into_iter().map(|(_, record)| record).collect(), validated })
    }
}

/// Who is asked, and how.
fn asked(settings: &Settings) -> (ResolverConfig, ResolverOpts) {
    if settings.servers.is_empty() {
        let none = || (ResolverConfig::from_name_servers(Vec::new()), ResolverOpts::default());
        return system_conf::read_system_conf().unwrap_or_else(|_| none());
    }
    let at = |port, mut connection: ConnectionConfig| {
        connection.port = port;
        connection
    };
    let server = |server: &SocketAddr| {
        let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|way| at(server.port(), way));
        NameServerConfig::new(server.ip(), true, ways.to_vec())
    };
    let servers = settings.servers.iter().map(server).collect();
    (ResolverConfig::from_name_servers(servers), ResolverOpts::default())
}

fn without_records<T>(error: &NetError) -> Answer<T> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => Answer::NoSuchName,
            ResponseCode::NoError => Answer::Nothing,
            code => Answer::Failed(format!("the name server answers: {code}")),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => Answer::Failed(format!("the name server answers: {code}")),
        NetError::NoConnections => Answer::Failed("no name server is known, or none can be reached".to_owned()),
        NetError::Timeout => Answer::Failed("no name server answers in time".to_owned()),
        other => Answer::Failed(other.to_string()),
    }
}
