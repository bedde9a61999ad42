model MapUnit "A machine that switches itself"
  extends MapMachine;
  OnOff switch;
equation
  on = switch.on;
  switch.T_h = T_condensing;
  switch.T_e = T_evaporating;
end MapUnit;

model OneUnit "One unit with the map that is told to run and stop: from README.md"
  parameter Real tau_pump = 5.0;
  parameter Real T_source_in = 311.15;
  parameter Real T_sink_in = 318.15;
  parameter Real T_sink_swing = 0.0 "over 3300 s, K";
  MapUnit unit;
  Real n_pump(start = 0.9, fixed = true);
  Real u_run;
equation
  u_run = 0.45 + 0.55 * sin(2.0 * 3.141592653589793 * time / 1500.0 + 0.5);
  unit.switch.wanted = u_run > 0.5;
  unit.switch.unwanted = u_run < 0.4;
  unit.n_wanted = 0.9;
  tau_pump * der(n_pump) = 0.9 - n_pump;
  unit.source_m = unit.m_source_nominal * n_pump;
  unit.source_T = T_source_in;
  unit.sink_m = 21.5;
  unit.sink_T = T_sink_in + T_sink_swing * sin(2.0 * 3.141592653589793 * time / 3300.0);
end OneUnit;

model ParallelUnits "Three units with the map, side by side behind their valves: from README.md"
  parameter Real tau_valve = 30.0;
  parameter Real tau_pump = 5.0;
  parameter Real P_pump_nominal = 15e3;
  parameter Real rotation = 0.0;
  // what the plant around it does: everything sways
  parameter Real T_source_in = 311.15;
  parameter Real T_source_swing = 0.0 "over 5000 s, K";
  parameter Real T_sink_in = 318.15;
  parameter Real T_sink_swing = 0.0 "over 3300 s, K";
  parameter Real u_run_mean = 1.0;
  parameter Real u_run_swing = 0.0 "over 4500 s";
  MapUnit unit[3];
  Sequencer stage(units = 3, rotation = rotation);
  Queue queue;
  Real valve[3](each start = 1.0, each fixed = true);
  Real n_pump(start = 0.9, fixed = true);
  Real E_auxiliary(start = 0.0, fixed = true);
  Real u_compressor;
  Real u_pump;
  Real m_source;
  Real m_sink;
  Real T_source;
  Real T_sink;
  Real running;
  Real share[3];
  Real T_source_out;
  Real T_sink_out;
  Real P_electric;
  Real Q_condenser;
  Real Q_evaporator;
  Real P_auxiliary;
equation
  u_compressor = 0.55 + 0.43 * cos(2.0 * 3.141592653589793 * time / 5400.0);
  u_pump = 0.75 + 0.15 * cos(2.0 * 3.141592653589793 * time / 4100.0);
  T_source = T_source_in + T_source_swing * sin(2.0 * 3.141592653589793 * time / 5000.0);
  T_sink = T_sink_in + T_sink_swing * sin(2.0 * 3.141592653589793 * time / 3300.0);
  m_sink = 50.0 + 12.0 * cos(2.0 * 3.141592653589793 * time / 5400.0);
  // which run, and how fast
  stage.demand = 3.0 * u_compressor;
  stage.u_run = u_run_mean + u_run_swing * sin(2.0 * 3.141592653589793 * time / 4500.0);
  queue.k = stage.k;
  queue.lead = stage.lead;
  queue.on[1] = unit[1].switch.runs;
  queue.ready[1] = unit[1].switch.ready;
  unit[1].switch.wanted = queue.wanted[1];
  unit[1].switch.unwanted = not queue.wanted[1];
  queue.on[2] = unit[2].switch.runs;
  queue.ready[2] = unit[2].switch.ready;
  unit[2].switch.wanted = queue.wanted[2];
  unit[2].switch.unwanted = not queue.wanted[2];
  queue.on[3] = unit[3].switch.runs;
  queue.ready[3] = unit[3].switch.ready;
  unit[3].switch.wanted = queue.wanted[3];
  unit[3].switch.unwanted = not queue.wanted[3];
  running = unit[1].on + unit[2].on + unit[3].on;
  // water
  tau_pump * der(n_pump) = u_pump - n_pump;
  m_source = 3.0 * unit[1].m_source_nominal * n_pump;
  P_auxiliary = 3.0 * P_pump_nominal * n_pump ^ 3;
  for i in 1:3 loop
    tau_valve * der(valve[i]) = unit[i].on - valve[i];
    share[i] = (valve[i] + 0.01) / (valve[1] + valve[2] + valve[3] + 0.03);
    unit[i].source_m = share[i] * m_source;
    unit[i].sink_m = share[i] * m_sink;
    unit[i].source_T = T_source;
    unit[i].sink_T = T_sink;
    unit[i].n_wanted = min(1.0, 3.0 * u_compressor / max(running, 1.0));
  end for;
  T_source_out = share[1] * unit[1].Te[3] + share[2] * unit[2].Te[3] + share[3] * unit[3].Te[3];
  T_sink_out = share[1] * unit[1].Tc[3] + share[2] * unit[2].Tc[3] + share[3] * unit[3].Tc[3];
  // what meters read
  P_electric = unit[1].P_electric + unit[2].P_electric + unit[3].P_electric;
  Q_condenser = 4186.0 * m_sink * (T_sink_out - T_sink);
  Q_evaporator = 4186.0 * m_source * (T_source - T_source_out);
  der(E_auxiliary) = P_auxiliary;
end ParallelUnits;
