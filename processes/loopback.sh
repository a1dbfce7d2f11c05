# shellcheck shell=sh
# No proxy is asked for what runs on this computer: the engine and its plugins talk over 127.0.0.1, and the embedded cloud is
# there. Go leaves loopback alone by itself; gRPC for Node, and Node's own fetch with NODE_USE_ENV_PROXY, do not. Read by
# every script that starts a program of ours. What the person excepts already stays excepted, in either case of the name.
direct=localhost,127.0.0.1,::1
excepted=${NO_PROXY:-}
[ "${no_proxy:-}" = "$excepted" ] || excepted=$excepted${excepted:+${no_proxy:+,}}${no_proxy:-}
case ,$excepted, in *",$direct,"*) ;; *) excepted=$excepted${excepted:+,}$direct ;; esac
export NO_PROXY="$excepted" no_proxy="$excepted"
# gRPC prefers a list of its own where there is one.
[ -z "${no_grpc_proxy:-}" ] || export no_grpc_proxy="$no_grpc_proxy,$direct"
unset excepted direct
