# The networks of the embedded cloud's machines: makes them, and is the only way between them and this computer.
#
#   perl relay.pl FOLDER
#
# Each network of Fly's is a network namespace with a bridge, each machine one of its own that a pair of devices ties to it.
# Nothing of it has a name on this computer or is seen in its own network: the namespaces last as long as this process and
# the machines do, and the kernel takes them away with these, whoever was killed. What is to be reached from inside is
# answered here and carried over, byte for byte; nothing else leads out.
#
# Orders come on standard input, a line each, and are answered by `ok` or `no WHY`, in their order:
#
#   try                                        whether all of this can be done here
#   machine ID PID NETWORK PREFIX ADDRESS P,P  ties the namespace of process PID to the network; ports P lead to this computer's
#   gone ID                                    the machine has ended: what was open for it is closed
#   open NETWORK PREFIX ADDRESS PORT TO        in the network, PORT of ADDRESS leads to port TO of this computer
#   shut NETWORK ADDRESS                       no longer
#
# Whoever connects to FOLDER/relay and sends `ID PORT` reaches that port of the machine, after an answer of `+`.
#
# In Perl, since Node cannot enter a namespace, and a process per machine would cost each of them fifty megabytes.
use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS EINTR);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use POSIX ();
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6 IPPROTO_IPV6 IPV6_V6ONLY IPPROTO_TCP TCP_NODELAY);

my $NEW_NETWORK = 0x40000000;
# How much waits for whoever reads slower than the other side writes.
my $MOST_WAITING = 262144;
# The address at which a machine's app is asked, as at Fly: not 127.0.0.1, so an app has to listen on 0.0.0.0.
my $INSIDE = '172.19.0.2';
# Numbers of setns and unshare.
my %calls = ( x86_64 => [ 308, 272 ], aarch64 => [ 268, 97 ] );
my ( $setns, $unshare ) = @{ $calls{ ( POSIX::uname() )[4] } or die "machines run on x86_64 and aarch64 only\n" };

$SIG{PIPE} = 'IGNORE';
$ENV{PATH} .= ':/usr/sbin:/sbin';
chdir $ARGV[0] or die "no folder $ARGV[0]: $!\n";
my $home = space_at('/proc/self/ns/net');
# By name of a machine or network: its namespace, kept open. By descriptor: what waits for callers, and the two ends of a way.
my ( %spaces, %waiting, %ends );
my $orders = '';
# Counts rounds: a descriptor's number may come back within one, and what was seen of the old one says nothing of the new.
my $round = 0;

unlink 'relay';
socket my $entry, AF_UNIX, SOCK_STREAM, 0 or die "no socket: $!\n";
bind $entry, pack_sockaddr_un('relay') and listen $entry, 512 or die "the relay cannot be reached: $!\n";
wait_at( $entry, '', sub { order_from(shift) } );
$| = 1;
$entry = undef;
unblock( \*STDIN );
turn() while 1;

sub turn {
    my ( $readers, $writers ) = ( '', '' );
    vec( $readers, 0, 1 ) = 1;
    vec( $readers, $_, 1 ) = 1 for keys %waiting;
    for my $number ( keys %ends ) {
        my $end = $ends{$number};
        vec( $writers, $number, 1 ) = 1 if $end->{connecting} || length $end->{out};
        vec( $readers, $number, 1 ) = 1 if !$end->{connecting} && !$end->{over} && has_room($end);
    }
    return if select( $readers, $writers, undef, undef ) < 0;
    $round++;
    read_orders() if vec $readers, 0, 1;
    for my $number ( grep { vec $readers, $_, 1 } keys %waiting ) { accept_at($number) }
    for my $number ( keys %ends ) {
        write_out($number) if is_known($number) && vec $writers, $number, 1;
        read_in($number) if is_known($number) && vec $readers, $number, 1;
    }
}

sub has_room {
    my ($end) = @_;
    return 1 if defined $end->{asking};
    return $end->{connected} && length $ends{ $end->{peer} }{out} < $MOST_WAITING;
}

sub is_known {
    my ($number) = @_;
    return $ends{$number} && $ends{$number}{born} < $round;
}

# Orders.

sub read_orders {
    my $count = sysread STDIN, $orders, 65536, length $orders;
    return if !defined $count && ( $! == EAGAIN || $! == EINTR );
    # The cloud has ended.
    exit 0 if !$count;
    while ( $orders =~ s/^([^\n]*)\n// ) {
        my ( $verb, @words ) = split / /, $1;
        my %known = ( try => \&try_all, machine => \&join_machine, gone => \&forget, open => \&open_in, shut => \&shut_in );
        eval { $known{$verb}->(@words); 1 } and print "ok\n" or print 'no ', join( ' ', split ' ', $@ ), "\n";
    }
}

sub try_all {
    my $process = fork // die "no process: $!";
    if ( $process == 0 ) {
        sleep 60 if syscall( $unshare, $NEW_NETWORK ) == 0;
        POSIX::_exit(0);
    }
    # The child is in a namespace of its own as soon as that has another number than ours; or it has ended.
    my $own = readlink '/proc/self/ns/net';
    my $its = $own;
    while ( $its eq $own ) {
        select undef, undef, undef, 0.005;
        $its = readlink("/proc/$process/ns/net") // '';
    }
    my $outcome = eval {
        die "network namespaces are not permitted\n" if $its eq '';
        join_machine( 'trial', $process, 'trial', 'fdaa:0:0', 'fdaa:0:0::2', '' );
        1;
    };
    my $why = $@;
    kill KILL => $process;
    waitpid $process, 0;
    forget($_) for qw(trial @trial);
    die $why if !$outcome;
}

sub join_machine {
    my ( $id, $process, $network, $prefix, $address, $ports ) = @_;
    forget($id);
    my $bridge = network_of( $network, $prefix );
    $spaces{$id} = space_at("/proc/$process/ns/net");
    my $within = "/proc/$$/fd/" . fileno $bridge;
    my $device = 'm' . substr $id, 0, 14;
    # The kernel takes its time for what was tied before: by a relay that was killed, or to the machine's former processes.
    within( $spaces{$id}, sub { scalar qx(ip link del eth0 2>&1) } );
    within( $bridge, sub { scalar qx(ip link del $device 2>&1) } );
    ip_in( $spaces{$id}, <<"END" );
link set lo up
link add eth0 type veth peer name $device netns $within
addr add $INSIDE/32 dev eth0
addr add $address/48 dev eth0 nodad
link set eth0 up
END
    ip_in( $bridge, "link set $device master net up\n" );
    for my $port ( split /,/, $ports ) {
        my $socket = listening( $spaces{$id}, AF_INET, pack_sockaddr_in( $port, INADDR_ANY ) );
        wait_at( $socket, $id, sub { to_same_address(@_) } );
    }
}

sub network_of {
    my ( $network, $prefix ) = @_;
    return $spaces{"\@$network"} //= do {
        syscall( $unshare, $NEW_NETWORK ) == 0 or die "no namespace: $!\n";
        my $made = space_at('/proc/thread-self/ns/net');
        enter($home);
        ip_in( $made, <<"END" );
link set lo up
link add net type bridge mcast_snooping 0
addr add ${prefix}::1/48 dev net nodad
link set net up
END
        $made;
    };
}

sub open_in {
    my ( $network, $prefix, $address, $port, $to ) = @_;
    my $space = network_of( $network, $prefix );
    ip_in( $space, "addr replace $address/128 dev net nodad\n" );
    my $socket = listening( $space, AF_INET6, pack_sockaddr_in6( $port, inet_pton( AF_INET6, $address ) ) );
    wait_at( $socket, "\@$network", sub { carry( shift, "\@$network", undef, pack_sockaddr_in( $to, INADDR_LOOPBACK ) ) }, $address );
}

sub shut_in {
    my ( $network, $address ) = @_;
    delete $waiting{$_} for grep { $waiting{$_}{space} eq "\@$network" && $waiting{$_}{address} eq $address } keys %waiting;
}

sub forget {
    my ($name) = @_;
    delete $waiting{$_} for grep { $waiting{$_}{space} eq $name } keys %waiting;
    for ( keys %ends ) { drop($_) if $ends{$_} && $ends{$_}{space} eq $name }
    delete $spaces{$name};
}

# Namespaces.

sub space_at {
    my ($path) = @_;
    open my $space, '<', $path or die "no namespace at $path: $!\n";
    return $space;
}

sub enter {
    my ($space) = @_;
    syscall( $setns, fileno $space, $NEW_NETWORK ) == 0 or die "the namespace cannot be entered: $!\n";
}

sub within {
    my ( $space, $task ) = @_;
    enter($space);
    my @made = eval { $task->() };
    my $why = $@;
    enter($home);
    die $why if $why;
    return $made[0];
}

sub ip_in {
    my ( $space, $lines ) = @_;
    my $said = within( $space, sub { scalar qx(ip -batch - 2>&1 <<'end'\n${lines}end\n) } );
    die "ip: $said\n" if $? != 0;
}

sub listening {
    my ( $space, $family, $address ) = @_;
    return within(
        $space,
        sub {
            socket my $socket, $family, SOCK_STREAM, 0 or die "no socket: $!\n";
            setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
            bind $socket, $address and listen $socket, 512 or die "nothing can listen there: $!\n";
            return $socket;
        }
    );
}

# Ways between.

sub wait_at {
    my ( $socket, $space, $then, $address ) = @_;
    unblock($socket);
    $waiting{ fileno $socket } = { socket => $socket, space => $space, then => $then, address => $address };
}

sub accept_at {
    my $waiting = $waiting{ $_[0] } or return;
    while ( accept my $caller, $waiting->{socket} ) {
        unblock($caller);
        $waiting->{then}->( $caller, $waiting->{space} );
    }
}

# From a machine to the address it has asked for, which is one of this computer's: 127.0.0.1, or a database's own.
sub to_same_address {
    my ( $caller, $id ) = @_;
    my ( $port, $address ) = unpack_sockaddr_in( getsockname $caller );
    return if ord $address != 127;
    carry( $caller, $id, undef, pack_sockaddr_in( $port, $address ) );
}

# From this computer to a machine: the order comes first.
sub order_from {
    my ($caller) = @_;
    $ends{ fileno $caller } = { socket => $caller, space => '', out => '', asking => '', born => $round };
}

sub answer_order {
    my ( $number, $text ) = @_;
    my $end = $ends{$number};
    $end->{asking} .= $text;
    return if $end->{asking} !~ /^(\S+) (\d+)\n/;
    my ( $id, $port ) = ( $1, $2 );
    delete $end->{asking};
    return drop($number) if !$spaces{$id};
    carry( $end->{socket}, $id, $spaces{$id}, pack_sockaddr_in( $port, inet_aton($INSIDE) ) );
}

# Ties the caller to `address`, as seen from `space` or from this computer.
sub carry {
    my ( $caller, $name, $space, $address ) = @_;
    my $make = sub {
        socket my $made, AF_INET, SOCK_STREAM, 0 or die "no socket: $!\n";
        unblock($made);
        my $is_under_way = connect( $made, $address ) || $! == EINPROGRESS;
        return $is_under_way ? $made : undef;
    };
    my $made = eval { $space ? within( $space, $make ) : $make->() };
    my ( $one, $other ) = ( fileno $caller, defined $made ? fileno $made : undef );
    if ( !defined $other ) { drop($one); return }
    setsockopt $_, IPPROTO_TCP, TCP_NODELAY, 1 for $made, $space ? () : $caller;
    my %both = ( space => $name, out => '', born => $round );
    $ends{$one} = { %both, socket => $caller, peer => $other };
    $ends{$other} = { %both, socket => $made, peer => $one, connecting => 1, says => $space ? '+' : '' };
}

sub write_out {
    my ($number) = @_;
    my $end = $ends{$number};
    if ( $end->{connecting} ) {
        return drop($number) if unpack 'i', getsockopt $end->{socket}, SOL_SOCKET, SO_ERROR;
        my $peer = $ends{ $end->{peer} };
        delete $end->{connecting};
        $_->{connected} = 1 for $end, $peer;
        $peer->{out} .= $end->{says};
        return;
    }
    my $count = syswrite $end->{socket}, $end->{out};
    if ( !defined $count ) { drop($number) if $! != EAGAIN && $! != EINTR; return }
    substr( $end->{out}, 0, $count ) = '';
    settle( $number, $end->{peer} ) if $end->{out} eq '';
}

sub read_in {
    my ($number) = @_;
    my $end = $ends{$number};
    my $count = sysread $end->{socket}, my $bytes, 65536;
    if ( !defined $count ) { drop($number) if $! != EAGAIN && $! != EINTR; return }
    return $count ? answer_order( $number, $bytes ) : drop($number) if defined $end->{asking};
    if   ($count) { $ends{ $end->{peer} }{out} .= $bytes; write_out( $end->{peer} ) }
    else          { $end->{over} = 1; settle( $end->{peer}, $number ) }
}

# All has been written to `number`: if nothing more comes from the other side, that is passed on.
sub settle {
    my ( $number, $other ) = @_;
    my ( $end, $peer ) = @ends{ $number, $other };
    return if !$peer->{over} || length $end->{out};
    shutdown $end->{socket}, 1 if !$end->{ended}++;
    drop($number) if $end->{over} && !length $peer->{out};
}

sub drop {
    my ($number) = @_;
    my $end = delete $ends{$number} or return;
    delete $ends{ $end->{peer} } if defined $end->{peer};
}

sub unblock {
    my ($handle) = @_;
    fcntl $handle, F_SETFL, fcntl( $handle, F_GETFL, 0 ) | O_NONBLOCK;
}
